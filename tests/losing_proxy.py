"""An endpoint in front of an engine that loses responses to writes, after the write."""

import http.client
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import urlsplit


@dataclass
class LosingProxy:
    """The proxy.

    Attributes:
        engine: Returns the endpoint of the engine.
        lose_one_in: One in so many responses to a write is lost. None: no response is.
        endpoint: The endpoint of the proxy.
        lost: How many responses were lost.
    """

    engine: Callable[[], str]
    lose_one_in: int | None
    endpoint: str = ""
    lost: int = 0
    _writes: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _lock: Any = field(default_factory=Lock)

    def loses(self, target: str) -> bool:
        """Return whether the response to a request is lost."""
        with self._lock:
            is_lost = (
                self.lose_one_in is not None
                and target.endswith(("UpdateItem", "TransactWriteItems"))
                and next(self._writes) % self.lose_one_in == 0
            )
            self.lost += is_lost
            return is_lost


@contextmanager
def losing_proxy(
    engine: Callable[[], str], lose_one_in: int | None = None
) -> Iterator[LosingProxy]:
    """Run the proxy on a free port until the end of the block."""
    proxy = LosingProxy(engine, lose_one_in)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            self.close_connection = True
            request = self.rfile.read(int(self.headers["Content-Length"]))
            with suppress(OSError, http.client.HTTPException):  # The engine is being killed.
                response, body = _forwarded(proxy.engine(), self.headers, request)
                if not proxy.loses(self.headers["X-Amz-Target"]):
                    self._respond(response, body)

        def _respond(self, response: http.client.HTTPResponse, body: bytes) -> None:
            self.send_response(response.status)
            self.send_header("Content-Length", str(len(body)))
            for name in ("Content-Type", "x-amz-crc32", "x-amzn-RequestId"):
                if value := response.headers[name]:
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = False

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        proxy.endpoint = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        yield proxy
        server.shutdown()


def _forwarded(
    endpoint: str, headers: Any, request: bytes
) -> tuple[http.client.HTTPResponse, bytes]:
    address = urlsplit(endpoint)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=30)
    try:
        connection.request("POST", "/", request, dict(headers))
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()
