"""The HTTP server: aiohttp's, with errors in the form of the API's responses."""

import asyncio
from functools import partial
from http import HTTPStatus

from aiohttp import web

from atomic_counter.local.gateway.gateway import Gateway
from atomic_counter.local.gateway.gateway_responses import GatewayError
from atomic_counter.local.gateway.method_request import MAX_PAYLOAD_BYTES

# API Gateway accepts 10,240 bytes in all. aiohttp limits each line, by default to 8,190 bytes.
MAX_LINE_BYTES = 64 * 1024


class Server(web.Server):
    """Serves a gateway over HTTP."""

    def __init__(self, gateway: Gateway) -> None:
        make_request = partial(
            web.BaseRequest, loop=asyncio.get_running_loop(), client_max_size=MAX_PAYLOAD_BYTES
        )
        super().__init__(gateway.handle, request_factory=make_request)
        self._gateway = gateway

    def __call__(self) -> web.RequestHandler:
        """Return the protocol of a new connection."""
        return _Connection(self, self._gateway)


class _Connection(web.RequestHandler):
    def __init__(self, server: Server, gateway: Gateway) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            max_line_size=MAX_LINE_BYTES,
            max_field_size=MAX_LINE_BYTES,
            auto_decompress=False,
        )
        self._gateway = gateway

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
