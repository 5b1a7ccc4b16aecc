"""Numbers come from blocks, and the next block arrives before the current one is used up."""

import copy
import itertools
import pickle
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from atomic_counter.client.blocks import Block, Counter, adapted_size
from atomic_counter.client.errors import CounterUnavailableError
from tests.unit.client.fakes import FakeClock, FakeService, FakeThreads, join_background_threads


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture
def threads() -> FakeThreads:
    return FakeThreads()


def take(counter: Iterator[int], count: int) -> list[int]:
    return list(itertools.islice(counter, count))


def filled(counter: Counter, threads: FakeThreads) -> Counter:
    """The counter, with its first block reserved."""
    counter.poll(0, lambda: None)
    threads.run_all()
    return counter


def test_numbers_of_a_block_are_in_order_and_from_one_request(service: FakeService) -> None:
    assert take(Counter(service.reserve, 10), 5) == [1, 2, 3, 4, 5]
    assert service.sizes == [10]


def test_next_block_is_requested_when_half_is_used(
    service: FakeService, threads: FakeThreads
) -> None:
    counter = filled(Counter(service.reserve, 10, start=threads.start), threads)
    take(counter, 5)
    assert len(threads.waiting) == 0
    take(counter, 1)
    assert len(threads.waiting) == 1


def test_with_the_next_block_reserved_nothing_waits(
    service: FakeService, threads: FakeThreads
) -> None:
    counter = filled(Counter(service.reserve, 10, start=threads.start), threads)
    take(counter, 10)
    threads.run_all()
    assert take(counter, 10) == list(range(11, 21))


def test_block_of_one_reserves_nothing_ahead(service: FakeService) -> None:
    assert take(Counter(service.reserve, 1), 3) == [1, 2, 3]
    assert service.sizes == [1, 1, 1]


def test_late_blocks_are_requested_further_ahead(service: FakeService) -> None:
    at_once, most_at_once, lock = 0, 0, threading.Lock()
    seldom = threading.Event()

    def slowly(count: int) -> range:
        nonlocal at_once, most_at_once
        with lock:
            at_once += 1
            most_at_once = max(most_at_once, at_once)
        seldom.wait(0.005)
        with lock:
            at_once -= 1
            return service.reserve(count)

    take(Counter(slowly, 10), 2000)
    assert most_at_once > 2


def test_reserved_numbers_are_returned_during_an_outage_before_the_error(
    service: FakeService,
) -> None:
    counter = Counter(service.reserve, 10)
    next(counter)
    service.is_down = True
    assert take(counter, 9) == list(range(2, 11))
    with pytest.raises(CounterUnavailableError):
        next(counter)
    join_background_threads()  # One that began during the outage can still fail.
    service.is_down = False
    assert next(counter) == 11


def test_failed_block_is_not_retried_while_numbers_remain(
    service: FakeService, threads: FakeThreads
) -> None:
    counter = filled(Counter(service.reserve, 10, start=threads.start), threads)
    take(counter, 6)
    service.is_down = True
    threads.run_all()
    take(counter, 4)
    assert (service.sizes, len(threads.waiting)) == ([10, 10], 0)


def test_every_waiting_thread_gets_the_error(service: FakeService) -> None:
    service.is_down = True
    counter = Counter(service.reserve, 10)
    with ThreadPoolExecutor(8) as pool:
        failures = [pool.submit(next, counter).exception() for _ in range(8)]
    assert {type(failure) for failure in failures} == {CounterUnavailableError}


@pytest.mark.parametrize(("block", "count"), [(1, 100), (3, 300), (1000, 5000), ("auto", 5000)])
def test_threads_that_share_a_counter_get_no_duplicates(block: Block, count: int) -> None:
    lock, service = threading.Lock(), FakeService()

    def reserve(count: int) -> range:
        with lock:
            return service.reserve(count)

    counter = Counter(reserve, block)
    with ThreadPoolExecutor(8) as pool:
        numbers = [n for numbers in pool.map(take, [counter] * 8, [count] * 8) for n in numbers]
    assert len(set(numbers)) == len(numbers) == 8 * count


def test_reset_counter_reserves_new_blocks(service: FakeService) -> None:
    counter = Counter(service.reserve, 10)
    next(counter)
    counter.reset()
    assert next(counter) == 11


def test_block_that_arrives_after_a_reset_is_discarded(
    service: FakeService, threads: FakeThreads
) -> None:
    def reserve(count: int) -> range:
        block = service.reserve(count)
        if block.start == 1:
            counter.reset()
        return block

    counter = Counter(reserve, 10, start=threads.start)
    filled(counter, threads)
    assert take(filled(counter, threads), 10) == list(range(11, 21))


def test_reset_wakes_the_waiting_threads(service: FakeService, threads: FakeThreads) -> None:
    counter, woken = Counter(service.reserve, 10, start=threads.start), threading.Event()
    counter.poll(0, woken.set)
    counter.reset()
    assert woken.is_set()


def test_reserved_numbers_are_returned_before_the_error_if_no_thread_starts(
    service: FakeService, threads: FakeThreads
) -> None:
    counter = filled(Counter(service.reserve, 10, start=threads.start), threads)
    threads.are_refused = True
    assert len(take(counter, 10)) == 10
    with pytest.raises(CounterUnavailableError, match="can't start new thread"):
        next(counter)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_counter_cannot_be_copied_or_pickled(
    service: FakeService, duplicate: Callable[[Counter], object]
) -> None:
    with pytest.raises(TypeError, match="its numbers would be issued twice"):
        duplicate(Counter(service.reserve, 10))


@pytest.mark.parametrize("block", [0, 1001, -1, 1.5, "10", "Auto", None, True])
def test_wrong_block_is_refused(service: FakeService, block: Block) -> None:
    with pytest.raises(ValueError, match=f"from 1 to 1000 or 'auto', got {block!r}"):
        Counter(service.reserve, block)


@pytest.mark.parametrize(
    ("size", "lasted_seconds", "expected"),
    [
        (1, 0.001, 2),
        (600, 0.001, 1000),
        (1000, 0.001, 1000),
        (100, 3, 100),
        (100, 20, 10),
        (1000, 86400, 1),
        (1, 86400, 1),
    ],
)
def test_block_grows_while_it_is_used_fast_and_shrinks_while_slow(
    size: int, lasted_seconds: float, expected: int
) -> None:
    assert adapted_size(size, lasted_seconds) == expected


def test_automatic_block_starts_with_one_and_follows_demand(service: FakeService) -> None:
    clock = FakeClock()
    counter = Counter(service.reserve, "auto", clock=clock)
    take(counter, 3000)
    assert (service.sizes[0], service.sizes[-1]) == (1, 1000)
    for _ in range(5000):
        clock.seconds += 60
        next(counter)
    assert service.sizes[-1] == 1
