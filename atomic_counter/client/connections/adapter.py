"""HTTP for requests, with a limit for a whole attempt and without interim responses."""

import http.client
import io
import queue
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidSchema
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError
from urllib3.util.connection import allowed_gai_family

from atomic_counter.client.connections.attempts import Attempt, Received
from atomic_counter.client.errors import CounterError

INTERIM_STATUSES = range(102, 200)

NUMERIC = socket.NI_NUMERICHOST | socket.NI_NUMERICSERV
INSTALL = "a SOCKS proxy needs PySocks: install requests[socks]"
CORRECT = "a proxy must be an http, https or socks URL"
UNSET = "correct or unset ALL_PROXY, HTTP_PROXY and HTTPS_PROXY of the environment"

# When an address failed, by time.monotonic.
_failed_at: dict[str, float] = {}


def has_bytes(sock: socket.socket, read: Callable[[int], bytes]) -> bool:
    """Return whether a function that reads the socket gets bytes, without waiting for them."""
    with suppress(OSError):  # There are none now, or never again.
        timeout = sock.gettimeout()
        sock.settimeout(0)
        try:
            return bool(read(1))
        finally:
            sock.settimeout(timeout)
    return False


class _LimitedReader(io.RawIOBase):
    """Reads a socket until the end of the attempt, however slowly bytes arrive."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase) -> None:
        self._socket = sock
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._socket.gettimeout() != 0:
            self._socket.settimeout(Attempt.current().remaining_seconds())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp: Any = io.BufferedReader(_LimitedReader(sock, self.fp.detach()))
        self._socket, self._attempt = sock, Attempt.current()
        self._attempt.close_at_end(self)

    def _close_conn(self) -> None:
        """End the response, and note whether bytes follow it."""
        self._attempt.is_in_step = not has_bytes(self._socket, self.fp.peek)
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
        if has_bytes(self.sock, self.sock.recv):
            raise http.client.HTTPException("bytes before the request")
        self.sock.settimeout(Attempt.current().remaining_seconds())
        super().send(data)

    def _new_conn(self) -> socket.socket:
        """Connect to the first address that accepts. Each address has its share of the time."""
        *others, last = self._addresses()
        for number, address in enumerate(others):
            with suppress(HTTPError):
                return self._connect_to(address, len(others) + 1 - number)
        return self._connect_to(last, 1)

    def _addresses(self) -> list[str]:
        """Return the addresses of the host. Those that have failed are last."""
        if hasattr(self, "_socks_options"):  # The SOCKS proxy connects, and can resolve the name.
            return [self._dns_host]
        host, family = self._dns_host.strip("[]"), allowed_gai_family()
        try:
            found = socket.getaddrinfo(host, self.port, family, socket.SOCK_STREAM)
        except (OSError, UnicodeError):  # The library fails in the same way, with its own error.
            return [self._dns_host]
        addresses = {socket.getnameinfo(each[4], NUMERIC)[0]: None for each in found}
        return sorted(addresses, key=lambda address: _failed_at.get(address, 0))

    def _connect_to(self, address: str, share: int) -> socket.socket:
        host, self._dns_host = self._dns_host, address
        try:
            self.timeout = Attempt.current().remaining_seconds() / share
            sock = super()._new_conn()
        except HTTPError:
            _failed_at[address] = time.monotonic()
            raise
        finally:
            self._dns_host = host
        try:
            sock.settimeout(Attempt.current().remaining_seconds())
        except TimeoutError:
            sock.close()
            raise
        return sock


class _LimitedPool(HTTPConnectionPool):
    def _put_conn(self, conn: Any) -> None:
        """Release a connection at the end of the attempt, when its response has been read."""
        if conn:
            Attempt.current().release(conn, self._keep)

    def _keep(self, connection: Any) -> None:
        """Put a connection back, or close it without the library's warning."""
        try:
            self.pool.put(connection, block=False)  # type: ignore[union-attr]
        except (AttributeError, queue.Full):  # Without a queue, the pool is closed.
            connection.close()


@cache
def _limited(pool: type[HTTPConnectionPool]) -> Any:
    """Return a class of pools whose connections have the limit of the attempt."""
    connection = type("LimitedConnection", (_LimitedConnection, pool.ConnectionCls), {})
    return type("LimitedPool", (_LimitedPool, pool), {"ConnectionCls": connection})


class Adapter(HTTPAdapter):
    """Connects with the limit of the attempt, directly or through a proxy."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Create the pools of direct connections."""
        super().init_poolmanager(*arguments, **options)
        self._limit(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """Return the pools of connections through a proxy.

        Raises:
            CounterError: The proxy isn't one that can be used.
        """
        if proxy in self.proxy_manager:
            return self.proxy_manager[proxy]
        try:
            return self._limit(super().proxy_manager_for(proxy, **options))
        except ValueError as error:
            advice = INSTALL if isinstance(error, InvalidSchema) else CORRECT
            raise CounterError(f"{advice}, got {urlsplit(proxy).scheme}://…; {UNSET}") from error

    def _limit(self, manager: Any) -> Any:
        classes = manager.pool_classes_by_scheme.items()
        manager.pool_classes_by_scheme = {scheme: _limited(pool) for scheme, pool in classes}
        return manager
