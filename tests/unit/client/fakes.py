"""A service, background threads and a clock that do only what a test tells them."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from atomic_counter.client.errors import CounterUnavailableError


@dataclass
class FakeService:
    """Takes numbers from a counter, unless it is down.

    Attributes:
        last: The last number taken.
        is_down: Nothing is taken.
        loses_answers: Numbers are taken, and nobody gets them.
        sizes: What was asked for.
    """

    last: int = 0
    is_down: bool = False
    loses_answers: bool = False
    sizes: list[int] = field(default_factory=list)

    def reserve(self, count: int) -> range:
        self.sizes.append(count)
        if self.is_down:
            raise CounterUnavailableError("down", 503)
        self.last += count
        if self.loses_answers:
            raise CounterUnavailableError("lost")
        return range(self.last - count + 1, self.last + 1)


@dataclass
class FakeThreads:
    """Keeps what is to run in the background until it is told to run it.

    Attributes:
        waiting: What is to run.
        are_refused: The system has no further thread.
    """

    waiting: deque[Callable[[], None]] = field(default_factory=deque)
    are_refused: bool = False

    def start(self, function: Callable[[], None]) -> None:
        if self.are_refused:
            raise RuntimeError("can't start new thread")
        self.waiting.append(function)

    def run(self, index: int = 0) -> None:
        """Let the thread that waits at this index run until it ends."""
        self.waiting.rotate(-index)
        function = self.waiting.popleft()
        self.waiting.rotate(index)
        function()

    def run_all(self) -> None:
        while self.waiting:
            self.run()


@dataclass
class FakeClock:
    """Seconds that pass when a test says so."""

    seconds: float = 0

    def __call__(self) -> float:
        return self.seconds
