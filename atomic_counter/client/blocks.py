"""Numbers from blocks that are reserved ahead."""

import itertools
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Literal, NoReturn

from atomic_counter.client.arguments import MAX_BLOCK, plain_count
from atomic_counter.client.errors import CounterUnavailableError
from atomic_counter.client.forking import PerProcess, owner_memory, process_id

MAX_BLOCKS_AHEAD = 64
AUTO_SECONDS = 2.0

Block = int | Literal["auto"]


class Counter(Iterator[int]):
    """Returns numbers of one key, from blocks that are reserved in one request each.

    tickets = client.counter("tickets", block=1000)
    number = next(tickets)

    `next` returns a number from memory. A background thread reserves the next block when half of
    the current block is used. If that is too late, it reserves more blocks ahead.

    No number is issued twice, whatever fails or forks. Only the numbers of one block are in order.
    `docs/client.md` has all guarantees and limits.

    `CounterClient.counter` creates it. It can't be copied or pickled.

    Args:
        reserve: Reserves a count of numbers.
        block: Numbers a block, 1 to 1000. With 1, each call sends a request of its own. `auto`
            starts with 1, doubles the block while a block lasts less than two seconds, and reduces
            it when a block lasts more than four.
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
        self._reserve = reserve
        self._adapts = block == "auto"
        self._size = 1 if self._adapts else plain_count("block", block, " or 'auto'")
        self._is_single = self._size == 1 and not self._adapts
        self._start = start or _in_thread
        self._clock = clock
        self._lock = PerProcess(threading.Lock)
        self.failures = 0
        self._discard()

    def reset(self) -> None:
        """Discard the reserved numbers, as a restored snapshot of a virtual machine must."""
        with self._lock.get():
            self._wake_all()
            self._discard()

    def _discard(self) -> None:
        owner_memory[0] = owner = process_id()
        # A single value, so that no thread takes a number for one of another process.
        self._numbers: tuple[int, deque[int]] = owner, deque()
        # The halves of the reserved blocks. An odd number of them begins with a second half.
        self._halves: deque[range] = deque()
        self._opened: tuple[int, float] | None = None
        self._waiters: list[Callable[[], object]] = []
        self._reserving = 0
        self._ahead = 1
        self._error: BaseException | None = None

    def __next__(self) -> int:
        """Return the next number.

        Raises:
            CounterError: No number is reserved, and the service has none.
        """
        # Many threads can pop from a deque at once. Only its filling needs the lock.
        try:
            owner, numbers = self._numbers
            number = numbers.popleft()
            if owner_memory[0] == owner:
                return number
        except IndexError:
            pass
        if self._is_single:
            return self._reserve(1)[0]
        failures = self.failures
        while True:
            # A lock of its own for each wait, as an interrupt can break a shared condition.
            waiter = threading.Lock()
            waiter.acquire()
            polled = self.poll(failures, waiter.release)
            if polled is not None:
                return polled
            waiter.acquire()

    def poll(self, failures: int, wake: Callable[[], object]) -> int | None:
        """Return the next number, or None if none is reserved: then a block is being reserved.

        Args:
            failures: The value of the attribute `failures` when the caller began to wait.
            wake: Called, in another thread, when it's worth to poll again.

        Raises:
            CounterError: There was a failure since the caller began to wait.
        """
        with self._lock.get():
            if self._numbers[0] != process_id():
                self._discard()
            number = self._pop()
            if number is None:
                if self._error and self.failures != failures:
                    raise self._error
                self._waiters.append(wake)
                self._start_reserving()
            return number

    def __reduce__(self) -> NoReturn:
        """Refuse to be copied or pickled."""
        raise TypeError("a counter can't be copied or pickled: its numbers would be issued twice")

    def _pop(self) -> int | None:
        while True:
            with suppress(IndexError):
                return self._numbers[1].popleft()
            if len(self._halves) % 2 == 0:
                self._end_block()
                if not self._halves:
                    return None
                size = sum(map(len, itertools.islice(self._halves, 2)))
                self._opened = size, self._clock()
            # One call without Python code: no interrupt can lose or repeat a half.
            halves = itertools.islice(iter(self._halves.popleft, None), 1)
            self._numbers[1].extend(itertools.chain.from_iterable(halves))
            if len(self._halves) % 2 == 0:
                self._start_reserving()

    def _end_block(self) -> None:
        if self._opened is None:
            return
        size, opened = self._opened
        self._opened = None
        if self._adapts:
            self._size = adapted_size(size, self._clock() - opened)
        is_growing = self._size > size
        is_late = not self._halves and not self._error
        if self._reserved_blocks() > self._ahead // 2:
            self._ahead = max(1, self._ahead - 1)
        elif is_late and not is_growing and size > 1:
            self._ahead = min(MAX_BLOCKS_AHEAD, self._ahead * 2)

    def _start_reserving(self) -> None:
        for _ in range(self._missing_blocks()):
            try:
                self._start(self._reserve_blocks)
            except RuntimeError as error:  # The system's limit, or the interpreter's exit.
                self._fail(CounterUnavailableError(str(error)))
                return

    def _missing_blocks(self) -> int:
        reserved_or_reserving = self._reserving + self._reserved_blocks()
        for_waiting = self._needed_by_waiting() - reserved_or_reserving
        # Running threads continue while blocks are missing. Below half, another thread joins them.
        ahead = 2 * reserved_or_reserving < self._needed_ahead()
        return max(for_waiting, int(ahead))

    def _reserved_blocks(self) -> int:
        return len(self._halves) // 2

    def _needed_by_waiting(self) -> int:
        return min(MAX_BLOCKS_AHEAD, math.ceil(len(self._waiters) / self._size))

    def _needed_ahead(self) -> int:
        is_due = self._ahead > 1 or len(self._halves) % 2 == 0
        return self._ahead if is_due and self._size > 1 else 0

    def _reserve_blocks(self) -> None:
        """Reserve one block, and more as long as they are needed.

        Only this function counts the running threads, which no interrupt reaches.
        """
        with self._lock.get():
            if self._missing_blocks() <= 0:
                return
            self._reserving += 1
            halves = self._halves
        while self._reserve_block(halves):
            pass

    def _reserve_block(self, halves: deque[range]) -> bool:
        """Reserve one block, and return whether another one is needed."""
        error = None
        try:
            block = self._reserve(self._size)
        except BaseException as failure:
            block, error = range(0), failure
        half = (len(block) + 1) // 2
        with self._lock.get():
            if halves is not self._halves:  # The counter was reset meanwhile.
                return False
            if error:
                self._reserving -= 1
                self._fail(error)
                return False
            self._error = None
            halves.extend((block[:half], block[half:]))
            self._wake_all()
            needed = max(self._needed_by_waiting(), self._needed_ahead())
            is_needed = self._reserving + self._reserved_blocks() <= needed
            self._reserving -= not is_needed
            return is_needed

    def _fail(self, error: BaseException) -> None:
        self.failures += 1
        self._error = error
        self._wake_all()

    def _wake_all(self) -> None:
        waiters, self._waiters = self._waiters, []
        for wake in waiters:
            with suppress(RuntimeError):  # The event loop that waited is closed.
                wake()


def adapted_size(size: int, lasted_seconds: float) -> int:
    """Return the size of the next block, after a block of `size` numbers."""
    if lasted_seconds < AUTO_SECONDS:
        return min(MAX_BLOCK, size * 2)
    if lasted_seconds > 2 * AUTO_SECONDS:
        return max(1, int(size * AUTO_SECONDS / lasted_seconds))
    return size


def _in_thread(function: Callable[[], None]) -> None:
    threading.Thread(target=function, name="atomic counter", daemon=True).start()
