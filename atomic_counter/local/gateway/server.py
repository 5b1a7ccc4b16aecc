"""The HTTP server: aiohttp's, with errors in the form of the API's responses."""

import asyncio
from http import HTTPStatus
from typing import Any

from aiohttp import EMPTY_PAYLOAD, StreamReader, web

from atomic_counter.local.gateway.gateway import Gateway
from atomic_counter.local.gateway.gateway_responses import GatewayError
from atomic_counter.local.gateway.method_request import MAX_PAYLOAD_BYTES

# API Gateway accepts 10,240 bytes in all. aiohttp limits each line, by default to 8,190 bytes.
MAX_LINE_BYTES = 64 * 1024


class Server(web.Server):
    """Serves a gateway over HTTP."""

    def __init__(self, gateway: Gateway) -> None:
        super().__init__(gateway.handle, request_factory=_make_request)
        self._gateway = gateway

    def __call__(self) -> web.RequestHandler:
        """Return the protocol of a new connection."""
        return _Connection(self, self._gateway)


def _make_request(
    message: Any, body: StreamReader, connection: web.RequestHandler, writer: Any, task: Any
) -> web.BaseRequest:
    assert isinstance(connection, _Connection)
    connection.body = body
    loop = asyncio.get_running_loop()
    return web.BaseRequest(
        message, body, connection, writer, task, loop, client_max_size=MAX_PAYLOAD_BYTES
    )


class _Connection(web.RequestHandler):
    """A connection.

    Attributes:
        body: The body of the last request that is handled.
    """

    body: StreamReader = EMPTY_PAYLOAD

    def __init__(self, server: Server, gateway: Gateway) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            max_line_size=MAX_LINE_BYTES,
            max_field_size=MAX_LINE_BYTES,
            auto_decompress=False,
        )
        self._gateway = gateway
        self._responses = 0
        self._is_half_closed = False

    def eof_received(self) -> bool:  # type: ignore[override] # as of any protocol of asyncio
        """Return whether the connection stays open, as there are responses to send.

        It doesn't if a body is incomplete: nobody can say what the client meant.
        """
        self._is_half_closed = True
        bodies = [self.body, *(body for _, body in self._messages)]
        is_complete = all(body.is_eof() for body in bodies)
        return is_complete and self._responses < self._request_count

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        self._responses += 1
        if self._is_half_closed and self._responses == self._request_count:
            resp.force_close()
        return await super().finish_response(request, resp, start_time)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            self.logger.debug("invalid HTTP from %s: %s", request.remote, message)
            error = GatewayError("DEFAULT_4XX", "Bad Request")
        else:
            self.logger.error("%s %s failed", request.method, request.path, exc_info=exc)
            error = GatewayError("DEFAULT_5XX", "Internal server error")
        response = self._gateway.refuse(error)
        response.force_close()
        return response
