"""An interrupt at any point of `next` changes nothing that is promised."""

import itertools
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any

import pytest

from atomic_counter.client.blocks import Block, Counter
from atomic_counter.client.idempotency import IdempotencyKeys
from atomic_counter.client.retries import Deadline
from atomic_counter.client.turns import Turns
from tests.unit.client.fakes import FakeService


class Interrupt:
    """Raises KeyboardInterrupt in this thread, at one of the points where a signal can raise it.

    Python runs signal handlers when a function begins, and after a call of a built-in function.
    """

    def __init__(self, point: int) -> None:
        self._points_left = point

    def __enter__(self) -> None:
        sys.setprofile(self._profile)

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _profile(self, frame: FrameType, event: str, _: Any) -> None:
        if "atomic_counter" in frame.f_code.co_filename and event in ("call", "c_return"):
            self._points_left -= 1
            if self._points_left == 0:
                raise KeyboardInterrupt


def take(counter: Counter, count: int) -> list[int]:
    return list(itertools.islice(counter, count))


@pytest.mark.parametrize("block", [1, 2, 5, "auto"])
def test_interrupt_at_any_point_causes_no_duplicates_and_no_deadlock(block: Block) -> None:
    for point in itertools.count(1):
        counter, numbers = Counter(FakeService().reserve, block), []
        try:
            with Interrupt(point):
                for _ in range(6):
                    numbers.append(next(counter))  # noqa: PERF401 (the ones before the interrupt)
            break
        except KeyboardInterrupt:
            with ThreadPoolExecutor(1) as thread:
                numbers += thread.submit(take, counter, 20).result(10)
        assert len(set(numbers)) == len(numbers)
        assert block != 1 or numbers == sorted(numbers)
    assert point > 6


def test_interrupted_block_of_one_reserves_nothing_ahead() -> None:
    for point in itertools.count(1):
        service = FakeService()
        counter = Counter(service.reserve, 1)
        try:
            with Interrupt(point):
                next(counter)
            break
        except KeyboardInterrupt:
            before = service.last
        assert next(counter) == before + 1
    assert point > 1


def test_interrupted_request_frees_its_slot() -> None:
    for point in itertools.count(1):
        keys = IdempotencyKeys("0")
        try:
            with Interrupt(point), keys.for_request("a"):
                pass
            break
        except KeyboardInterrupt:
            pass
        with keys.for_request("a", deadline=Deadline(1, threading.Event())) as unique:
            assert str(unique).endswith("0")
    assert point > 1


def test_interrupted_call_leaves_its_queue() -> None:
    for point in itertools.count(1):
        turns = Turns()
        try:
            with Interrupt(point), turns.turn("a", Deadline(1, threading.Event())):
                pass
            break
        except KeyboardInterrupt:
            pass
        with turns.turn("a", Deadline(1, threading.Event())):
            continue
    assert point > 10
