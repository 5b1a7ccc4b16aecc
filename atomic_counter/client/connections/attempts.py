"""The attempts of a request: their time, and what becomes of the connection."""

import threading
import time
from collections.abc import Callable
from http.client import HTTPResponse
from typing import Any, NamedTuple, Self

from atomic_counter.client.errors import UnexpectedResponseError

_thread = threading.local()


class Received(NamedTuple):
    """A number that was received, which a middlebox can send once more for the next request.

    Attributes:
        response_id: The id of the response. None: the service doesn't send any.
        number: The number or numbers, with what they were requested for.
        request: What tells the request from others: its URL and its body.
    """

    response_id: str | None
    number: tuple[object, ...]
    request: tuple[object, ...]

    def repeats(self, before: "Received") -> bool:
        """Return whether this is the response that was received before, and not the next one."""
        if self.response_id:
            return self.response_id == before.response_id
        return self.number == before.number and self.request != before.request


class Attempt:
    """Limits the time of this thread's connection in the block, except for name resolution.

    The connection is used again only after a response of a counter, without bytes before or after
    it: whatever isn't a counter may send more than one response.

    Args:
        seconds: The seconds that the attempt may take.

    Attributes:
        is_of_counter: Whether the response is a counter's. Default: False.
        is_in_step: Whether the connection has no bytes after the response. Default: True.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._released: tuple[Any, Callable[[Any], None]] | None = None
        self._responses: list[HTTPResponse] = []
        self.is_of_counter = False
        self.is_in_step = True

    @staticmethod
    def current() -> "Attempt":
        """Return the attempt of this thread."""
        attempt: Attempt = _thread.attempt
        return attempt

    def __enter__(self) -> Self:
        _thread.attempt = self
        return self

    def __exit__(self, *_: object) -> None:
        if self._released:
            connection, put_back = self._released
            if self.is_of_counter and self.is_in_step:
                put_back(connection)
            else:
                connection.close()
        # The library leaves open what it fails to understand, and an error can keep it for long.
        while self._responses:
            self._responses.pop().close()

    def close_at_end(self, response: HTTPResponse) -> None:
        """Close a response at the end of the attempt, if it isn't closed before."""
        self._responses.append(response)

    def release(self, connection: Any, put_back: Callable[[Any], None]) -> None:
        """Put a connection back at the end of the attempt, or close it."""
        self._released = connection, put_back

    def remaining_seconds(self) -> float:
        """Return the seconds until the end of the attempt.

        Raises:
            TimeoutError: There are none.
        """
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the attempt timed out")
        return seconds

    def require_new(self, received: Received) -> None:
        """Remember a response, and compare it with the one before on the same connection.

        Raises:
            UnexpectedResponseError: It's the response of another request.
        """
        if self._released:
            connection, _ = self._released
            before, connection.received = connection.received, received
            self.is_in_step = not (before and received.repeats(before))
        if not self.is_in_step:
            raise UnexpectedResponseError("the response of another request")
