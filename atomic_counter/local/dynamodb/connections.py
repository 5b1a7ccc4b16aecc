"""HTTP connections to a DynamoDB endpoint, kept open between requests.

Every request to the counter passes through this module, so it does only what the counter needs: a
POST to one endpoint. httptools parses HTTP.
"""

import asyncio
import ssl
import time
from collections.abc import Mapping
from typing import NamedTuple

import httptools
from yarl import URL

CONNECT_SECONDS = 1.5
SKIPPED_STATUSES = range(100, 200)


class IntegrationResult(NamedTuple):
    """The status and the body that an integration returns."""

    status: int
    body: str


class ConnectionFailedError(Exception):
    """No response: the connection was refused or dropped, or the response isn't HTTP."""


class Connections:
    """The connections to one endpoint, as many as there are requests at once.

    Args:
        url: The URL that requests are posted to, over TLS if its scheme is `https`.
        keep_alive_seconds: How long a connection stays open without a request. Default: 3, which is
            less than the engine's 5 (Node.js), so that no write meets a closing connection.
    """

    def __init__(self, url: URL, keep_alive_seconds: float = 3) -> None:
        assert url.host
        assert url.port
        self._host, self._port = url.host, url.port
        self._request_line = f"POST {url.raw_path} HTTP/1.1\r\n"
        self._tls = ssl.create_default_context() if url.scheme == "https" else None
        self._keep_alive_seconds = keep_alive_seconds
        self._idle: list[_Connection] = []

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().close()

    async def post(
        self, headers: Mapping[str, str], body: bytes, timeout_seconds: float
    ) -> IntegrationResult:
        """Send one request, once, and return the response.

        Raises:
            ConnectionFailedError: There is none.
            TimeoutError: There is none in time.
        """
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"{self._request_line}{lines}content-length: {len(body)}\r\n\r\n"
        async with asyncio.timeout(timeout_seconds):
            connection = self._take() or await self._connect()
            try:
                response = await connection.send(head.encode("latin-1") + body)
            except BaseException:
                connection.close()
                raise
        if connection.is_open:
            self._idle.append(connection)
        return response

    def _take(self) -> "_Connection | None":
        """Return the most recently used connection, and close those that were idle too long."""
        oldest_used = time.monotonic() - self._keep_alive_seconds
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open and connection.used > oldest_used:
                return connection
            connection.close()
        return None

    async def _connect(self) -> "_Connection":
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, connection = await loop.create_connection(
                    _Connection, self._host, self._port, ssl=self._tls
                )
        except TimeoutError:
            raise
        except OSError as error:
            raise ConnectionFailedError(str(error)) from None
        return connection


class _Connection(asyncio.Protocol):
    """One connection, with one request at a time."""

    _transport: asyncio.Transport
    _response: asyncio.Future[IntegrationResult] | None = None

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.used = 0.0

    @property
    def is_open(self) -> bool:
        return not self._transport.is_closing()

    def close(self) -> None:
        self._transport.close()

    async def send(self, request: bytes) -> IntegrationResult:
        self._response = self._loop.create_future()
        self._parser = httptools.HttpResponseParser(self)
        self._body = b""
        self._transport.write(request)
        return await self._response

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._response is None:
            self.close()
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(f"invalid HTTP: {error}")

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(str(error or "the connection was dropped"))

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status in SKIPPED_STATUSES:
            self._body = b""
            return
        response, self._response = self._response, None
        # A second response to one request would be taken for that of the next.
        if response is None or not self._parser.should_keep_alive():
            self.close()
        self.used = time.monotonic()
        if response and not response.done():
            response.set_result(IntegrationResult(status, self._body.decode(errors="replace")))

    def _fail(self, reason: str) -> None:
        self.close()
        if self._response and not self._response.done():
            self._response.set_exception(ConnectionFailedError(reason))
