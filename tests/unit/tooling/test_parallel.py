"""Calls in several threads keep the order of their items, and few are in progress."""

import threading
from collections.abc import Iterator
from itertools import count

import pytest

from atomic_counter.tooling.parallel import in_parallel


def test_results_have_the_order_of_the_items() -> None:
    later = threading.Event()

    def call(item: int) -> int:
        if item == 0:
            later.wait()
        if item == 2:
            later.set()
        return item * 2

    assert list(in_parallel(call, range(50), 3)) == [item * 2 for item in range(50)]
    assert list(in_parallel(str, [], 3)) == []


def test_no_more_items_are_read_than_threads_are_busy() -> None:
    read: list[int] = []

    def items() -> Iterator[int]:
        for item in count():
            read.append(item)
            yield item

    results = in_parallel(str, items(), 4)
    assert [next(results) for _ in range(3)] == ["0", "1", "2"]
    assert len(read) == 6


def test_exception_of_a_call_is_raised_without_waiting_for_the_others() -> None:
    is_over = threading.Event()

    def call(item: int) -> None:
        if item == 0:
            raise ValueError("no")
        is_over.wait()

    with pytest.raises(ValueError, match="no"):
        list(in_parallel(call, range(9), 3))
    is_over.set()
