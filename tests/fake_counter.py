"""A counter over HTTP, which counts and fails as a test requires."""

import json
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Fault:
    """A fault of one request.

    Attributes:
        status: The status of an error, which counts nothing. None: a number is issued.
        headers: The headers of the error.
        body: The body of the error.
        is_lost: Whether the connection is dropped after the number is issued.
        delay_seconds: The delay of the response.
    """

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: str = '{"message": "because of a test"}'
    is_lost: bool = False
    delay_seconds: float = 0


@dataclass(frozen=True)
class Request:
    """A received request."""

    seconds: float
    connection: object
    http_method: str
    target: str
    headers: Any
    body: bytes = b""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query, strict_parsing=True)


@dataclass
class FakeCounter:
    """The counter.

    Attributes:
        faults: The faults of the next requests, in order.
        fault: Returns the fault of a request when `faults` is empty.
        has_documents: Whether it has the option `documents`.
        requests: The received requests.
    """

    url: str = ""
    faults: deque[Fault] = field(default_factory=deque)
    fault: Callable[[], Fault | None] = lambda: None
    has_documents: bool = True
    requests: list[Request] = field(default_factory=list)
    _values: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _slots: dict[tuple[str, str], tuple[Any, int]] = field(default_factory=dict)
    _documents: dict[tuple[str, str], int] = field(default_factory=dict)
    _lock: Any = field(default_factory=Lock)

    def set_back(self, key: str, value: int) -> None:
        """Change the last number of a key."""
        self._values[key] = value

    def share_table_of(self, other: "FakeCounter") -> None:
        """Count in the table of `other`, as a Region with a replica does."""
        self._values, self._slots, self._lock = other._values, other._slots, other._lock

    def respond(self, request: Request) -> tuple[Fault, str]:
        with self._lock:
            self.requests.append(request)
            fault = (self.faults.popleft() if self.faults else self.fault()) or Fault()
            if fault.status is not None:
                return fault, fault.body
            query = {name: values[-1] for name, values in request.query.items()}
            if "documentKey" in query and not self.has_documents:
                return Fault(400), '{"message": "this counter has no documents"}'
            if request.path.endswith("/documents"):
                result, body = self._respond_for_list(query, json.loads(request.body))
                result = replace(result, delay_seconds=fault.delay_seconds)
                return (fault, "") if fault.is_lost else (result, body)
            if "documentKey" in query:
                result, body = self._respond_for_document(request.http_method, query)
                result = replace(result, delay_seconds=fault.delay_seconds)
                return (fault, "") if fault.is_lost else (result, body)
            key, request_id = query["systemKey"], query.get("idempotencyKey", "")
            slot, identity = (key, request_id[-1:]), (request_id, query.get("count"))
            remembered, number = self._slots.get(slot, (None, 0))
            if request_id and remembered == identity:
                return fault, str(number)
            if request.http_method == "POST":
                self._values[key] += int(query["count"])
                self._slots[slot] = identity, self._values[key]
            return fault, str(self._values[key])

    def _respond_for_list(self, query: dict[str, str], names: list[str]) -> tuple[Fault, str]:
        key = query["systemKey"]
        numbers = [self._documents.get((key, name)) for name in names]
        if None not in numbers:
            return Fault(), json.dumps(numbers)
        if any(numbers):
            return Fault(409), json.dumps({"message": "some", "numbers": numbers})
        if int(query["after"]) != self._values[key]:
            return Fault(412, {"Last-Number": str(self._values[key])}), '{"message": "stale"}'
        for name in names:
            self._values[key] += 1
            self._documents[key, name] = self._values[key]
        return Fault(), json.dumps([self._documents[key, name] for name in names])

    def _respond_for_document(self, http_method: str, query: dict[str, str]) -> tuple[Fault, str]:
        key, document = query["systemKey"], query["documentKey"]
        number = self._documents.get((key, document))
        if number is None and http_method == "GET":
            return Fault(404), '{"message": "this documentKey has no number"}'
        if number is None and int(query["after"]) != self._values[key]:
            return Fault(412, {"Last-Number": str(self._values[key])}), '{"message": "stale"}'
        if number is None:
            self._values[key] = number = self._values[key] + 1
            self._documents[key, document] = number
        return Fault(), str(number)


@contextmanager
def fake_counter() -> Iterator[FakeCounter]:
    """Run a counter on a free port until the end of the block."""
    fake = FakeCounter()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            request = Request(
                time.monotonic(),
                self.client_address,
                self.command,
                self.path,
                self.headers,
                self.rfile.read(int(self.headers.get("Content-Length") or 0)),
            )
            fault, body = fake.respond(request)
            time.sleep(fault.delay_seconds)
            if fault.is_lost:
                self.close_connection = True
                return
            self.send_response(fault.status or 200)
            headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
            for name, value in (headers | fault.headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_POST  # noqa: N815 (the name that http.server looks for)

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

        def handle_error(self, *_: Any) -> None:
            """Ignore clients that have disconnected."""

    with Server(("127.0.0.1", 0), Handler) as server:
        fake.url = f"http://127.0.0.1:{server.server_port}/prod/counter"
        Thread(target=server.serve_forever, daemon=True).start()
        yield fake
        server.shutdown()


def throttled(seconds: int = 1) -> Fault:
    """Return the fault of a throttled request."""
    body = json.dumps({"message": "Too Many Requests"})
    return Fault(429, {"Retry-After": str(seconds)}, body)
