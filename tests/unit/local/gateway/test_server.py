"""The HTTP server responds in the form of the API, whatever happens."""

import asyncio

import pytest

from atomic_counter.local.dynamodb import IntegrationResult
from atomic_counter.local.gateway import Gateway, Server
from tests.unit.local.gateway.test_gateway import API

REQUEST = b"GET /s/a?k=1 HTTP/1.1\r\nHost: a\r\n\r\n"


class Broken:
    """A backend with a defect."""

    async def call(self, *_: object) -> IntegrationResult:
        raise ZeroDivisionError


async def answer_to(request: bytes) -> bytes:
    async with asyncio.timeout(10):
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
