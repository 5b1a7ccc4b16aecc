"""Numbers from blocks that are reserved ahead."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Literal, NoReturn

from atomic_counter.client.forking import reset_after_fork

MAX_BLOCK = 1000
MAX_LEASES = 64
AUTO_SECONDS = 2.0

Block = int | Literal["auto"]


class Counter(Iterator[int]):
    """Returns numbers of one key, from blocks that are reserved in one request each.

    tickets = client.counter("tickets", block=1000)
    number = next(tickets)

    `next` returns a number from memory. A background thread reserves the next block when half of
    the current block is used. If that is too late, it reserves more blocks ahead.

    Guarantees and limits:

    - No number is issued twice: not to threads that share a counter, not to processes that are
      forked or spawned, not after errors. A forked process discards the reserved numbers and
      reserves its own.
    - Numbers are skipped: the rest of the reserved blocks when the program ends, or in a forked
      process.
    - The numbers of one block are in order. Between blocks there is no order: another client may
      have lower numbers and use them later, and so may this one if it reserves several blocks at
      once.
    - While the service is down, `next` returns the reserved numbers. Then it raises, and the next
      call sends requests again.

    `CounterClient.counter` creates it. It can't be copied or pickled.

    Args:
        reserve: Reserves a count of numbers.
        block: Numbers a block, 1 to 1000. With 1, nothing is reserved ahead. `auto` starts with 1,
            doubles the block while a block lasts less than two seconds, and reduces it when a
            block lasts more than four.
        start: Runs a function in the background. Default: in a daemon thread of its own, which
            doesn't delay the end of the program.
        clock: Returns seconds. Default: `time.monotonic`.

    Raises:
        ValueError: The block has another value.
    """

    def __init__(
        self,
        reserve: Callable[[int], range],
        block: Block,
        *,
        start: Callable[[Callable[[], None]], object] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if block != "auto" and not is_count(block):
            raise ValueError(
                f"block must be a number from 1 to {MAX_BLOCK} or 'auto', got {block!r}"
            )
        self._reserve = reserve
        self._adapts = block == "auto"
        self._size = 1 if block == "auto" else block
        self._start = start or _in_thread
        self._clock = clock
        self.reset()
        reset_after_fork(self)

    def reset(self) -> None:
        """Discard the reserved numbers, as a forked process must."""
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._numbers: deque[int] = deque()
        self._second_half = range(0)
        self._opened: tuple[int, float] | None = None
        self._blocks: deque[range] = deque()
        self._leasing = 0
        self._waiting = 0
        self._ahead = 1
        self._failures = 0
        self._error: BaseException | None = None

    def __next__(self) -> int:
        """Return the next number.

        Raises:
            CounterError: No number is reserved, and the service has none.
        """
        # Many threads can pop from a deque at once. Only its filling needs the lock.
        try:
            return self._numbers.popleft()
        except IndexError:
            with self._lock:
                while True:
                    number = self._pop()
                    if number is not None:
                        return number
                    self._wait()

    def next_nowait(self) -> int | None:
        """Return the next number, or None if none is reserved and a request is necessary."""
        with self._lock:
            number = self._pop()
            if number is None:
                with self._counted_as_waiting():
                    self._start_leases()
            return number

    def __reduce__(self) -> NoReturn:
        """Refuse to be copied.

        Raises:
            TypeError: Always.
        """
        raise TypeError("a counter can't be copied or pickled: its numbers would be issued twice")

    def _pop(self) -> int | None:
        while True:
            with suppress(IndexError):
                return self._numbers.popleft()
            if not self._next_part():
                return None

    def _next_part(self) -> bool:
        """Continue with the second half of the block or with the next block, if any."""
        if self._second_half:
            # Removed before it's used: an interrupt in between must not leave it in both places.
            second_half, self._second_half = self._second_half, range(0)
            self._numbers.extend(second_half)
            self._start_leases()
            return True
        if self._opened:
            self._finish(*self._opened)
        if self._blocks:
            self._open(self._blocks.popleft())
            return True
        return False

    def _open(self, block: range) -> None:
        half = (len(block) + 1) // 2
        self._numbers.extend(block[:half])
        self._second_half = block[half:]
        self._opened = len(block), self._clock()

    def _finish(self, size: int, opened: float) -> None:
        self._opened = None
        if self._adapts:
            self._size = adapted_size(size, self._clock() - opened)
        is_growing = self._size > size
        is_late = not self._blocks and not self._error
        if len(self._blocks) > self._ahead // 2:
            self._ahead = max(1, self._ahead - 1)
        elif is_late and not is_growing and size > 1:
            self._ahead = min(MAX_LEASES, self._ahead * 2)

    def _wait(self) -> None:
        """Wait until something has changed, and raise if that is a failure of the last lease."""
        failures = self._failures
        with self._counted_as_waiting():
            self._start_leases()
            if self._leasing:
                self._changed.wait()
        if self._error and self._failures != failures and not (self._blocks or self._leasing):
            raise self._error

    @contextmanager
    def _counted_as_waiting(self) -> Iterator[None]:
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    def _start_leases(self) -> None:
        reserved_or_leasing = self._leasing + len(self._blocks)
        for_waiting = self._needed_by_waiting() - reserved_or_leasing
        # Running leases continue while blocks are missing. Below half, another lease joins them.
        ahead = 2 * reserved_or_leasing < self._needed_ahead()
        for _ in range(max(for_waiting, int(ahead))):
            try:
                self._start(self._lease)
            except RuntimeError as error:  # The system's limit, or the interpreter's exit.
                self._fail(error)
                return
            self._leasing += 1

    def _fail(self, error: BaseException) -> None:
        self._failures += 1
        self._error = error
        self._changed.notify_all()

    def _needed_by_waiting(self) -> int:
        return min(MAX_LEASES, math.ceil(self._waiting / self._size))

    def _needed_ahead(self) -> int:
        is_due = self._ahead > 1 or not self._second_half
        return self._ahead if is_due and self._size > 1 else 0

    def _lease(self) -> None:
        """Reserve one block, and more as long as they are needed."""
        is_needed = True
        while is_needed:
            try:
                block = self._reserve(self._size)
            except BaseException as error:
                with self._lock:
                    self._leasing -= 1
                    self._fail(error)
                return
            with self._lock:
                self._error = None
                self._blocks.append(block)
                self._changed.notify_all()
                needed = max(self._needed_by_waiting(), self._needed_ahead())
                is_needed = self._leasing + len(self._blocks) <= needed
                self._leasing -= not is_needed


def adapted_size(size: int, lasted_seconds: float) -> int:
    """Return the size of the next block, after a block of `size` numbers."""
    if lasted_seconds < AUTO_SECONDS:
        return min(MAX_BLOCK, size * 2)
    if lasted_seconds > 2 * AUTO_SECONDS:
        return max(1, int(size * AUTO_SECONDS / lasted_seconds))
    return size


def is_count(value: object) -> bool:
    """Return whether a value is a whole number from 1 to 1000."""
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_BLOCK


def _in_thread(function: Callable[[], None]) -> None:
    threading.Thread(target=function, name="atomic counter", daemon=True).start()
