"""A service, background threads and a clock that a test controls."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from atomic_counter.client.errors import CounterUnavailableError

JOIN_SECONDS = 5


def join_background_threads() -> None:
    """Wait for the threads of counters and of asyncio calls."""
    for thread in threading.enumerate():
        if thread.name == "atomic counter":
            thread.join(JOIN_SECONDS)


@dataclass
class FakeService:
    """Reserves numbers of a counter, unless it's down.

    Attributes:
        last: The last number issued.
        is_down: Whether every request fails without counting.
        loses_responses: Whether numbers are issued and their responses are lost.
        sizes: The counts of the requests.
    """

    last: int = 0
    is_down: bool = False
    loses_responses: bool = False
    sizes: list[int] = field(default_factory=list)

    def reserve(self, count: int) -> range:
        self.sizes.append(count)
        if self.is_down:
            raise CounterUnavailableError("down", 503)
        self.last += count
        if self.loses_responses:
            raise CounterUnavailableError("lost")
        return range(self.last - count + 1, self.last + 1)


@dataclass
class FakeThreads:
    """Stores background functions until a test runs them.

    Attributes:
        waiting: The functions.
        are_refused: Whether the system refuses another thread.
    """

    waiting: deque[Callable[[], None]] = field(default_factory=deque)
    are_refused: bool = False

    def start(self, function: Callable[[], None]) -> None:
        if self.are_refused:
            raise RuntimeError("can't start new thread")
        self.waiting.append(function)

    def run(self, index: int = 0) -> None:
        """Run the function at this index until it ends."""
        self.waiting.rotate(-index)
        function = self.waiting.popleft()
        self.waiting.rotate(index)
        function()

    def run_all(self) -> None:
        while self.waiting:
            self.run()


@dataclass
class FakeClock:
    """A clock whose seconds pass when a test sets them."""

    seconds: float = 0

    def __call__(self) -> float:
        return self.seconds
