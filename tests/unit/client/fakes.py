"""A service, background threads and a clock that a test controls."""

import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from atomic_counter.client.errors import CounterUnavailableError, LimitReachedError

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


@dataclass
class FakeSource:
    """Counts without HTTP, for a series.

    Attributes:
        last: The last number of each key.
        numbers: The number of each document, by key and document.
    """

    last: Counter[str] = field(default_factory=Counter)
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    def next(self, key: str) -> int:
        self.last[key] += 1
        return self.last[key]

    def assign(self, key: str, document: str, *, limit: int | None = None) -> int:
        if (key, document) not in self.numbers:
            if limit and self.last[key] >= limit:
                raise LimitReachedError(key, limit)
            self.numbers[key, document] = self.next(key)
        return self.numbers[key, document]

    def assign_many(
        self, key: str, documents: Sequence[str], *, limit: int | None = None
    ) -> list[int]:
        return [self.assign(key, document, limit=limit) for document in documents]


class AsyncFakeSource:
    """The same for asyncio."""

    def __init__(self) -> None:
        self._source = FakeSource()

    async def next(self, key: str) -> int:
        return self._source.next(key)

    async def assign(self, key: str, document: str, *, limit: int | None = None) -> int:
        return self._source.assign(key, document, limit=limit)

    async def assign_many(
        self, key: str, documents: Sequence[str], *, limit: int | None = None
    ) -> list[int]:
        return self._source.assign_many(key, documents, limit=limit)
