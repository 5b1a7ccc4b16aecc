"""HTTP for requests, with a limit for a whole attempt and without interim responses."""

import http.client
import io
import socket
import threading
import time
from typing import Any, Self

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

INTERIM_STATUSES = range(102, 200)

_thread = threading.local()


class Attempt:
    """Limits the time of this thread's connection in the block, except for name resolution.

    Args:
        seconds: The seconds that the attempt may take.

    Attributes:
        is_of_counter: Whether the response is a counter's. Whatever isn't a counter may send more
            than one response, so its connection isn't used again. Default: False.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self.is_of_counter = False

    def __enter__(self) -> Self:
        _thread.attempt, _thread.released = self, None
        return self

    def __exit__(self, *_: object) -> None:
        connection, put = _thread.released or (None, None)
        if connection and not self.is_of_counter:
            connection.close()
        elif put:
            put(connection)

    def remaining_seconds(self) -> float:
        """Return the seconds until the end of the attempt.

        Raises:
            TimeoutError: There are none.
        """
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the attempt timed out")
        return seconds


class _LimitedReader(io.RawIOBase):
    """Reads a socket until the end of the attempt, however slowly bytes arrive."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase) -> None:
        self._socket = sock
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._socket.settimeout(_thread.attempt.remaining_seconds())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp: Any = io.BufferedReader(_LimitedReader(sock, self.fp.detach()))

    def _read_status(self) -> tuple[str, int, str]:
        """Skip interim responses. The library skips only 100, and takes any other for the final."""
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if status not in INTERIM_STATUSES:
                return version, status, reason
            http.client.parse_headers(self.fp)


class _LimitedConnection(HTTPConnection):
    response_class = _Response

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
        _thread.released = conn, super()._put_conn


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
