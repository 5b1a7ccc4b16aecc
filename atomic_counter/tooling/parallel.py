"""Calls in several threads, which an interrupt ends at once."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def in_parallel(
    function: Callable[[_Item], _Result], items: Iterable[_Item], threads: int
) -> Iterator[_Result]:
    """Call a function with each item, and yield the results in the order of the items.

    At most `threads` items are in progress, and no more are read from `items`. Nothing waits for
    the threads: after an interrupt or an exception, a call in progress may end later, or end with
    the process. `ThreadPoolExecutor` waits for its calls, forever if the interrupt came while this
    thread held the lock of a result.
    """
    tasks: SimpleQueue[tuple[Future[_Result], _Item] | None] = SimpleQueue()

    def work() -> None:
        while task := tasks.get():
            future, item = task
            try:
                future.set_result(function(item))
            except BaseException as error:
                future.set_exception(error)

    for _ in range(threads):
        Thread(target=work, daemon=True).start()
    in_progress: deque[Future[_Result]] = deque()
    try:
        for item in items:
            in_progress.append(Future())
            tasks.put((in_progress[-1], item))
            if len(in_progress) == threads:
                yield in_progress.popleft().result()
        while in_progress:
            yield in_progress.popleft().result()
    finally:
        for _ in range(threads):
            tasks.put(None)
