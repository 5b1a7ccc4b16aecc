"""HTTP for requests, with a limit for a whole attempt and without interim responses."""

import http.client
import io
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple, Self

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

INTERIM_STATUSES = range(102, 200)

_thread = threading.local()


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
        self.is_of_counter = False
        self.is_in_step = True

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

    def release(self, connection: Any, put_back: Callable[[Any], None]) -> None:
        """Put a connection back at the end of the attempt, or close it."""
        self._released = connection, put_back

    def is_repeat(self, received: "Received") -> bool:
        """Return whether the connection has sent a response before, for another request."""
        if self._released is None:
            return False
        connection, _ = self._released
        before, connection.received = connection.received, received
        return before is not None and received.repeats(before)

    def remaining_seconds(self) -> float:
        """Return the seconds until the end of the attempt.

        Raises:
            TimeoutError: There are none.
        """
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the attempt timed out")
        return seconds


class Received(NamedTuple):
    """A number that was received, which a middlebox can send once more for the next request.

    Attributes:
        response_id: The id of the response. None: the service doesn't send any.
        number: The number, with its action and key.
        query: The query string of the request.
    """

    response_id: str | None
    number: tuple[str, str, int]
    query: str

    def repeats(self, before: "Received") -> bool:
        """Return whether this is the response that was received before, and not the next one."""
        if self.response_id:
            return self.response_id == before.response_id
        return self.number == before.number and self.query != before.query


def has_bytes(sock: socket.socket) -> bool:
    """Return whether a connection has bytes to read, without waiting for them."""
    sock.settimeout(0)
    try:
        return bool(sock.recv(1))
    except OSError:  # There are none now, or never again.
        return False


class _LimitedReader(io.RawIOBase):
    """Reads a socket until the end of the attempt, however slowly bytes arrive.

    Attributes:
        waits: Whether it waits for bytes.
    """

    def __init__(self, sock: socket.socket, raw: io.RawIOBase) -> None:
        self._socket = sock
        self._raw = raw
        self.waits = True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._socket.settimeout(_thread.attempt.remaining_seconds() if self.waits else 0)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self._reader = _LimitedReader(sock, self.fp.detach())
        self.fp: Any = io.BufferedReader(self._reader)

    def _close_conn(self) -> None:
        """End the response, and note whether bytes follow it."""
        self._reader.waits = False
        with suppress(OSError):
            _thread.attempt.is_in_step = not self.fp.peek(1)
        super()._close_conn()  # type: ignore[misc]

    def _read_status(self) -> tuple[str, int, str]:
        """Skip interim responses. The library skips only 100, and takes any other for the final."""
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if status not in INTERIM_STATUSES:
                return version, status, reason
            http.client.parse_headers(self.fp)


class _LimitedConnection(HTTPConnection):
    response_class = _Response
    received: Received | None = None

    def send(self, data: Any) -> None:
        """Send, unless there are bytes already, which would be taken for the response."""
        if self.sock is None:
            self.connect()
        if has_bytes(self.sock):
            raise http.client.HTTPException("bytes before the request")
        self.sock.settimeout(_thread.attempt.remaining_seconds())
        super().send(data)

    def _new_conn(self) -> socket.socket:
        self.timeout = _thread.attempt.remaining_seconds()
        sock = super()._new_conn()
        try:
            sock.settimeout(_thread.attempt.remaining_seconds())
        except TimeoutError:
            sock.close()
            raise
        return sock


class _LimitedTlsConnection(_LimitedConnection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _LimitedConnection

    def _put_conn(self, conn: Any) -> None:
        """Release a connection at the end of the attempt, when its response has been read."""
        if conn:
            _thread.attempt.release(conn, super()._put_conn)


class _TlsPool(_Pool, HTTPSConnectionPool):
    ConnectionCls = _LimitedTlsConnection


class Adapter(HTTPAdapter):
    """Connects with the limit of the attempt, directly or through a proxy."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Create the pools of direct connections."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
        """Return the pools of connections through a proxy."""
        manager = super().proxy_manager_for(*arguments, **options)
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
        return manager
