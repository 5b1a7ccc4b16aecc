"""Numbers from blocks that are leased ahead."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Literal, NoReturn

from atomic_counter.client.forking import forget_after_fork

MAX_BLOCK = 1000
MAX_LEASES = 64
AUTO_SECONDS = 2.0

Block = int | Literal["auto"]


class Counter(Iterator[int]):
    """Hands out the numbers of one key, from blocks that are leased in one request each.

    `next(counter)` answers from memory. The next block is fetched by a thread in the background
    when half of the present one is used; when that comes too late, more are fetched ahead.

    What is promised, and what is not:

    - No number is ever given out twice: not to threads that share a counter, not to a process
      and those it forks or spawns, not after errors. A forked process forgets the numbers at hand
      and leases its own.
    - Numbers are skipped: what is left of the leased blocks when the program ends, or when it forks
      (in the child).
    - Numbers of one block come in order. Between blocks there is no order: another client may
      hold lower numbers and give them out later, and so may this one where it fetches several
      blocks at once.
    - While the service is down, the numbers at hand are still given out; then `next` raises, and
      when it is called again it asks again.

    Made by `CounterClient.counter`. It cannot be copied or pickled.

    Args:
        reserve: Takes so many numbers from the service.
        block: Numbers a block, 1 to 1000. With 1 nothing is fetched ahead. `auto` starts with 1,
            doubles the block as long as one lasts less than two seconds, and shrinks it again
            when one lasts for more than four.
        start: Runs a function in the background. Default: in a daemon thread of its own, which
            does not hold up the end of the program.
        clock: Seconds. Default: `time.monotonic`.

    Raises:
        ValueError: The block is none of these.
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
        self.forget()
        forget_after_fork(self)

    def forget(self) -> None:
        """Drop the numbers at hand, as a forked process does; they are skipped."""
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
        """The next number.

        Raises:
            CounterError: There is none at hand, and none to be had.
        """
        # A deque may be popped by many threads at once; only what fills it needs the lock.
        try:
            return self._numbers.popleft()
        except IndexError:
            with self._lock:
                while True:
                    number = self._pop()
                    if number is not None:
                        return number
                    self._wait()

    def at_hand(self) -> int | None:
        """The next number, or None if there is none without waiting; then a block is fetched."""
        with self._lock:
            number = self._pop()
            if number is None:
                with self._one_more_waiting():
                    self._start_leases()
            return number

    def __reduce__(self) -> NoReturn:
        raise TypeError("a counter cannot be copied: its numbers would be given out twice")

    def _pop(self) -> int | None:
        while True:
            with suppress(IndexError):
                return self._numbers.popleft()
            if not self._turn_over():
                return None

    def _turn_over(self) -> bool:
        """Go on to the block's second half or to the next block, if there is one."""
        if self._second_half:
            # First taken away, then handed out: an interrupt in between must not do both.
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
            self._size = adapted(size, self._clock() - opened)
        is_growing = self._size > size
        comes_too_late = not self._blocks and not self._error
        if len(self._blocks) > self._ahead // 2:
            self._ahead = max(1, self._ahead - 1)
        elif comes_too_late and not is_growing and size > 1:
            self._ahead = min(MAX_LEASES, self._ahead * 2)

    def _wait(self) -> None:
        """Wait until something has changed; raises if that is that there is no block to be had."""
        failures = self._failures
        with self._one_more_waiting():
            self._start_leases()
            if self._leasing:
                self._changed.wait()
        if self._error and self._failures != failures and not (self._blocks or self._leasing):
            raise self._error

    @contextmanager
    def _one_more_waiting(self) -> Iterator[None]:
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    def _start_leases(self) -> None:
        here_or_coming = self._leasing + len(self._blocks)
        for_waiting = self._wanted_by_waiting() - here_or_coming
        # Those that lease go on while blocks are missing; only below half another one joins them.
        ahead = 2 * here_or_coming < self._wanted_ahead()
        for _ in range(max(for_waiting, int(ahead))):
            try:
                self._start(self._lease)
            except RuntimeError as error:  # No further thread: the system's limit, or the end.
                self._fail(error)
                return
            self._leasing += 1

    def _fail(self, error: BaseException) -> None:
        self._failures += 1
        self._error = error
        self._changed.notify_all()

    def _wanted_by_waiting(self) -> int:
        return min(MAX_LEASES, math.ceil(self._waiting / self._size))

    def _wanted_ahead(self) -> int:
        is_due = self._ahead > 1 or not self._second_half
        return self._ahead if is_due and self._size > 1 else 0

    def _lease(self) -> None:
        """Lease one block, and further ones as long as they are wanted."""
        is_wanted = True
        while is_wanted:
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
                wanted = max(self._wanted_by_waiting(), self._wanted_ahead())
                is_wanted = self._leasing + len(self._blocks) <= wanted
                self._leasing -= not is_wanted


def adapted(size: int, lasted_seconds: float) -> int:
    """How large the next block is to be, after one of `size` numbers that lasted so long."""
    if lasted_seconds < AUTO_SECONDS:
        return min(MAX_BLOCK, size * 2)
    if lasted_seconds > 2 * AUTO_SECONDS:
        return max(1, int(size * AUTO_SECONDS / lasted_seconds))
    return size


def is_count(value: object) -> bool:
    """Whether it is a number from 1 to 1000."""
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_BLOCK


def _in_thread(function: Callable[[], None]) -> None:
    threading.Thread(target=function, name="atomic counter", daemon=True).start()
