"""Turns of threads: for each key, one thread after the other."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from weakref import WeakValueDictionary, ref

from atomic_counter.client.errors import CounterUnavailableError
from atomic_counter.client.retries import POLL_SECONDS, Deadline


class _Place:
    """A place in a queue. It ends with the call, even if an interrupt skips the explicit end."""

    def __init__(self) -> None:
        self.is_over = False
        # A lock of its own, as an interrupt can break a shared condition.
        self._waiting = threading.Lock()
        self._waiting.acquire()

    def wait(self, seconds: float) -> None:
        self._waiting.acquire(timeout=seconds)

    def wake(self) -> None:
        with suppress(RuntimeError):  # It's awake.
            self._waiting.release()


class _Queue:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places: deque[ref[_Place]] = deque()

    def append(self, place: _Place) -> None:
        with self._lock:
            self._places.append(ref(place))

    def first(self) -> _Place | None:
        with self._lock:
            while self._places:
                place = self._places[0]()
                if place and not place.is_over:
                    return place
                self._places.popleft()
        return None


class Turns:
    """Queues, one for each key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queues: WeakValueDictionary[str, _Queue] = WeakValueDictionary()

    @contextmanager
    def turn(self, key: str, deadline: Deadline) -> Iterator[None]:
        """Wait for the turn of this thread, which lasts until the end of the block.

        Raises:
            CounterUnavailableError: The deadline comes first.
        """
        with self._lock:
            queue = self._queues.setdefault(key, _Queue())
        place = _Place()
        try:
            queue.append(place)
            while queue.first() is not place:
                place.wait(min(POLL_SECONDS, max(0, deadline.seconds_left)))
                if deadline.is_over:
                    raise CounterUnavailableError(f"other threads assigned documents of {key!r}")
            yield
        finally:
            place.is_over = True
            if following := queue.first():
                following.wake()
