"""The HTTP server responds in the form of the API, whatever happens."""

import asyncio
import logging
import socket
import struct

import pytest

from atomic_counter.local.dynamodb import IntegrationResult
from atomic_counter.local.gateway import Gateway, Server
from tests.unit.local.gateway.test_gateway import API
from tests.unit.local.gateway.test_over_http import api, echo

REQUEST = b"GET /s/a?k=1 HTTP/1.1\r\nHost: a\r\n\r\n"


class Broken:
    """A backend with a defect."""

    async def call(self, *_: object) -> IntegrationResult:
        raise ZeroDivisionError


async def answer_to(request: bytes) -> bytes:
    async with asyncio.timeout(60):
        server = Server(Gateway(API, Broken()))
        listener = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
        async with listener:
            reader, writer = await asyncio.open_connection(*listener.sockets[0].getsockname())
            writer.write(request)
            response = await reader.read()
            writer.close()
        await server.shutdown()
    return response


def test_defect_is_a_500_with_details_only_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    head, _, body = asyncio.run(answer_to(REQUEST)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 500 ")
    assert b"Content-Type: application/json" in head
    assert body == b'{"message":"Internal server error"}'
    assert "ZeroDivisionError" in caplog.text


class Waiting:
    """A backend that responds as soon as its client has stopped sending."""

    def __init__(self, half_closed: asyncio.Event) -> None:
        self._half_closed = half_closed

    async def call(self, *_: object) -> IntegrationResult:
        await self._half_closed.wait()
        await asyncio.sleep(0.01)  # The server reads the end of the stream meanwhile.
        return IntegrationResult(200, '{"got": "a number"}')


def responses_to(request: bytes, *, reset: bool = False) -> bytes:
    """Send a request, and then the end of the stream or a reset; return what comes back."""

    async def run() -> bytes:
        half_closed = asyncio.Event()
        routes = api(("/s/a", "GET", echo()), ("/s/a", "POST", echo("$input.body")))
        server = Server(Gateway(routes, Waiting(half_closed)))
        listener = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
        async with listener:
            reader, writer = await asyncio.open_connection(*listener.sockets[0].getsockname())
            writer.write(request)
            await writer.drain()
            while not server.connections:
                await asyncio.sleep(0.01)
            if reset:
                await asyncio.sleep(0.05)  # The server reads the request meanwhile.
                connection = writer.get_extra_info("socket")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.close()
            else:
                writer.write_eof()
            half_closed.set()
            response = b"" if reset else await reader.read()
            writer.close()
            while server.connections:
                await asyncio.sleep(0.01)
        await server.shutdown()
        return response

    return asyncio.run(asyncio.wait_for(run(), 60))


GET = b"GET /s/a?id=1 HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /s/a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n"
CHUNKED = b"POST /s/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("request_text", "count"),
    [
        (GET, 1),
        (GET + GET + GET, 3),
        (POST + b"0123456789", 1),
        (CHUNKED + b"2\r\nab\r\n0\r\n\r\n", 1),
        (GET + GET[:12], 1),
    ],
    ids=["one", "three", "a body", "chunks", "one and a part"],
)
def test_client_that_half_closes_gets_its_responses(request_text: bytes, count: int) -> None:
    response = responses_to(request_text)
    assert (response.count(b"HTTP/1.1 200 OK"), response.count(b"a number")) == (count, count)


PARTS = {"a body": POST + b"012", "no body": POST, "a chunk": CHUNKED + b"5\r\nab"}


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS.keys())
def test_body_that_is_aborted_is_no_traceback(
    part: bytes, reset: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "atomic_counter")
    assert responses_to(part, reset=reset) == b""
    assert [record.message for record in caplog.records if record.name != "aiohttp.access"] == []


def test_end_of_the_stream_without_a_request_closes_the_connection() -> None:
    assert responses_to(b"") == b""
    assert responses_to(GET[:20]) == b""
