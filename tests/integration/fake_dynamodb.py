"""A DynamoDB endpoint that responds as a test requires."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

ACTIVE_TABLE = {
    "Table": {
        "TableStatus": "ACTIVE",
        "KeySchema": [{"AttributeName": "systemKey", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "systemKey", "AttributeType": "S"}],
    }
}


@dataclass
class FakeDynamoDB:
    """The response to every request except `DescribeTable`.

    Attributes:
        status: The HTTP status. None: the connection is dropped.
        body: A value for JSON, a text, or a function that returns either.
        content_type: The type of the body.
        delay_seconds: The delay of the response.
        targets: The `X-Amz-Target` headers of the received requests.
    """

    endpoint: str = ""
    status: int | None = 200
    body: Any = None
    content_type: str = "application/x-amz-json-1.0"
    delay_seconds: float = 0
    targets: list[str] = field(default_factory=list)


@contextmanager
def fake_dynamodb() -> Iterator[FakeDynamoDB]:
    """Run the endpoint on a free port until the end of the block."""
    fake = FakeDynamoDB()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            target = self.headers["X-Amz-Target"]
            fake.targets.append(target)
            if target.endswith("DescribeTable"):
                self._answer(200, ACTIVE_TABLE)
                return
            body = fake.body() if callable(fake.body) else fake.body
            time.sleep(fake.delay_seconds)
            if fake.status is None:
                self.close_connection = True
            else:
                self._answer(fake.status, body)

        def _answer(self, status: int, body: Any) -> None:
            content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", fake.content_type)
            self.send_header("Content-Length", str(len(content)))
            with suppress(ConnectionError):  # The response may be late.
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        fake.endpoint = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        yield fake
        server.shutdown()
