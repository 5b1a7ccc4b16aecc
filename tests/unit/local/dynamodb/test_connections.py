"""A request is sent once, over a reused connection, and fails without a response."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from yarl import URL

from atomic_counter.local.dynamodb.connections import (
    ConnectionFailedError,
    Connections,
    IntegrationResult,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@asynccontextmanager
async def connected(url: URL, *arguments: float) -> AsyncIterator[Connections]:
    connections = Connections(url, *arguments)
    yield connections
    connections.close()


@asynccontextmanager
async def server(*replies: bytes | None) -> AsyncIterator[tuple[URL, list[list[bytes]]]]:
    """Serve the replies of each connection in order: None drops it, b"" waits.

    Returns the URL, and the received requests by connection.
    """
    seen: list[list[bytes]] = []
    rest = list(replies)

    class Server(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            self._transport = transport
            self._requests: list[bytes] = []
            seen.append(self._requests)

        def data_received(self, data: bytes) -> None:
            self._requests.append(data)
            reply = rest.pop(0)
            if reply is None:
                self._transport.close()
            else:
                self._transport.write(reply)

    listening = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0)
    async with listening:
        yield URL(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"), seen


async def ask(connections: Connections, timeout_seconds: float = 60) -> IntegrationResult:
    return await connections.post({"x-name": "value"}, b"{}", timeout_seconds)


def test_request_is_a_post_with_its_headers_and_body() -> None:
    async def run() -> list[list[bytes]]:
        async with server(OK) as (url, seen), connected(url) as connections:
            assert await ask(connections) == IntegrationResult(200, "ok")
            return seen

    [[request]] = asyncio.run(run())
    assert request == b"POST / HTTP/1.1\r\nx-name: value\r\ncontent-length: 2\r\n\r\n{}"


def test_connection_is_reused_and_concurrent_requests_have_their_own() -> None:
    async def run() -> list[int]:
        async with server(OK, OK, OK) as (url, seen), connected(url) as connections:
            await asyncio.gather(ask(connections), ask(connections))
            await ask(connections)
            return sorted(map(len, seen))

    assert asyncio.run(run()) == [1, 2]


@pytest.mark.parametrize("keep_alive_seconds", [0, 60])
def test_connection_that_was_idle_too_long_is_not_reused(
    keep_alive_seconds: float,
) -> None:
    async def run() -> int:
        async with (
            server(OK, OK) as (url, seen),
            connected(url, keep_alive_seconds) as kept,
        ):
            await ask(kept)
            await ask(kept)
            return len(seen)

    assert asyncio.run(run()) == (1 if keep_alive_seconds else 2)


@pytest.mark.parametrize(
    "reply", [OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), OK + b"and more"]
)
def test_connection_that_the_engine_closes_or_misuses_is_not_reused(reply: bytes) -> None:
    async def run() -> int:
        async with server(reply, OK) as (url, seen), connected(url) as connections:
            await ask(connections)
            await ask(connections)
            return len(seen)

    assert asyncio.run(run()) == 2


@pytest.mark.parametrize("status", ["100 Continue", "103 Early Hints"])
def test_interim_response_is_skipped(status: str) -> None:
    interim = f"HTTP/1.1 {status}\r\nLink: </a>\r\n\r\n".encode()

    async def run() -> list[IntegrationResult]:
        async with server(interim * 2 + OK, interim + OK) as (url, _), connected(url) as kept:
            return [await ask(kept), await ask(kept)]

    assert asyncio.run(run()) == [IntegrationResult(200, "ok")] * 2


def test_second_response_to_a_request_is_not_that_of_the_next() -> None:
    other = OK.replace(b"ok", b"no")

    async def run() -> list[str]:
        async with server(OK + other, OK) as (url, _), connected(url) as kept:
            return [(await ask(kept)).body, (await ask(kept)).body]

    assert asyncio.run(run()) == ["ok", "ok"]


def test_chunked_response_is_assembled() -> None:
    chunked = (
        b"HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"
    )

    async def run() -> IntegrationResult:
        async with server(chunked) as (url, _), connected(url) as connections:
            return await ask(connections)

    assert asyncio.run(run()) == IntegrationResult(400, "abc")


@pytest.mark.parametrize("reply", [None, b"this is no HTTP\r\n\r\n"])
def test_request_without_response_fails_and_is_not_retried(reply: bytes | None) -> None:
    async def run() -> int:
        async with server(reply, OK) as (url, seen), connected(url) as connections:
            with pytest.raises(ConnectionFailedError):
                await ask(connections)
            return sum(map(len, seen))

    assert asyncio.run(run()) == 1


def test_refused_connection_is_an_error() -> None:
    async def run() -> None:
        async with server() as (url, _):
            pass
        async with connected(url) as connections:
            await ask(connections)

    with pytest.raises(ConnectionFailedError, match="Connect"):
        asyncio.run(run())


def test_request_after_a_late_response_uses_another_connection() -> None:
    async def run() -> list[int]:
        async with server(OK, b"", OK) as (url, seen), connected(url, 60) as connections:
            await ask(connections)  # The late response is then that to a request, not a connection.
            with pytest.raises(TimeoutError):
                await ask(connections, timeout_seconds=0.05)
            assert await ask(connections) == IntegrationResult(200, "ok")
            return list(map(len, seen))

    assert asyncio.run(run()) == [2, 1]
