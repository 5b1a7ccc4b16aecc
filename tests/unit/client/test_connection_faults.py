"""A number comes only from a complete response of a counter, and every failure is retried."""

import itertools
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import trustme
from urllib3.util.connection import create_connection

from atomic_counter.client import (
    CertificateError,
    CounterClient,
    CounterUnavailableError,
    UnexpectedResponseError,
)
from tests.fake_counter import FakeCounter, Fault
from tests.raw_server import RawServer, raw_server, response

Serve = Callable[[RawServer, socket.socket, int], None]
ALERT = bytes([21, 3, 3, 0, 2, 2, 40])


def close_at_once(_server: RawServer, _connection: socket.socket, _number: int) -> None:
    """Close the connection after its acceptance."""


def close_after_hello(server: RawServer, connection: socket.socket, _number: int) -> None:
    server.receive(connection)


def send_alert(server: RawServer, connection: socket.socket, _number: int) -> None:
    server.receive(connection)
    connection.sendall(ALERT)


def speak_http(server: RawServer, connection: socket.socket, _number: int) -> None:
    server.receive(connection)
    connection.sendall(response("{}", status="400 Bad Request"))


@pytest.mark.parametrize("serve", [close_at_once, close_after_hello, send_alert, speak_http])
def test_tls_failure_fails_over(fake: FakeCounter, serve: Serve) -> None:
    with raw_server(serve) as server:
        client = CounterClient([f"https://127.0.0.1:{server.port}/counter", fake.url])
        assert client.next("tls " + serve.__name__) == 1


@pytest.mark.parametrize("serve", [close_at_once, close_after_hello, send_alert, speak_http])
def test_tls_failure_is_retried_until_the_deadline(serve: Serve) -> None:
    with raw_server(serve) as server:
        client = CounterClient(f"https://127.0.0.1:{server.port}/counter", deadline=0.5)
        with pytest.raises(CounterUnavailableError):
            client.next("a")


@pytest.fixture
def untrusted_url() -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)

    def serve(_server: RawServer, connection: socket.socket, _number: int) -> None:
        with context.wrap_socket(connection, server_side=True):
            pass

    with raw_server(serve) as server:
        yield f"https://127.0.0.1:{server.port}/counter"


def test_certificate_that_does_not_verify_is_final(fake: FakeCounter, untrusted_url: str) -> None:
    with pytest.raises(CertificateError, match="CERTIFICATE_VERIFY_FAILED"):
        CounterClient([untrusted_url, fake.url]).next("a")


def test_certificate_error_that_the_caller_handles_is_not_that_of_the_service() -> None:
    with raw_server(close_at_once) as server:
        client = CounterClient(f"https://127.0.0.1:{server.port}/counter", deadline=0.3)
        try:
            raise ssl.SSLCertVerificationError
        except ssl.SSLCertVerificationError:
            with pytest.raises(CounterUnavailableError):
                client.next("a")


def missing(path: Path) -> None:
    """Leave the path without a file."""


def empty(path: Path) -> None:
    path.touch()


def no_certificate(path: Path) -> None:
    path.write_text("-----BEGIN CERTIFICATE-----")


@pytest.mark.parametrize("write", [missing, empty, no_certificate])
def test_path_without_certificates_is_named_at_once(
    untrusted_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[..., None]
) -> None:
    path = tmp_path / "authorities.pem"
    write(path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
    with pytest.raises(CertificateError, match=f"in {path}: correct or unset REQUESTS_CA_BUNDLE"):
        CounterClient(untrusted_url).next("a")


def test_http_needs_no_certificates(fake: FakeCounter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/missing")
    assert CounterClient(fake.url).next(str(uuid4())) == 1


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
CUT = {
    "in the body": b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n12",
    "in the body, of two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\n12",
    "without a length": b"HTTP/1.1 200 OK\r\n\r\n12",
    "of HTTP 1.0": b"HTTP/1.0 200 OK\r\n\r\n12",
    "in a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n12",
    "after a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n12\r\n",
    "in the headers": b"HTTP/1.1 200 OK\r\nContent-Len",
    "in the status line": b"HTTP/1.1 20",
    "before the response": b"",
    "in a chunk of less than nothing": CHUNKED + b"-5\r\n12\r\n0\r\n\r\n",
    "in a chunk that isn't one": CHUNKED + b"two\r\n12\r\n0\r\n\r\n",
    "in a chunk of too many digits": CHUNKED + b"F" * 5000 + b"\r\n12",
    "in the trailers": CHUNKED + b"2\r\n12\r\n0\r\n" + b"X" * 70_000,
    "in a flood of headers": b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 1000 + b"\r\n12",
    "in a long header": b"HTTP/1.1 200 OK\r\nX: " + b"1" * 70_000 + b"\r\n\r\n12",
    "in a flood of interim headers": b"HTTP/1.1 103 Early Hints\r\n" + b"X: 1\r\n" * 1000,
    "in two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n12",
}


@pytest.mark.parametrize("cut", CUT.values(), ids=CUT.keys())
def test_cut_response_is_retried_with_its_idempotency_key(cut: bytes) -> None:
    def serve(server: RawServer, connection: socket.socket, number: int) -> None:
        server.receive(connection)
        connection.sendall(cut if number == 0 else response("123456"))

    with raw_server(serve) as server:
        assert CounterClient(f"http://127.0.0.1:{server.port}/counter").next("a") == 123456
    keys = [re.findall(rb"idempotencyKey=(\S+)", request) for request in server.received]
    assert len(keys) == 2
    assert keys[0] == keys[1]


def test_chunked_response_is_complete() -> None:
    def serve(server: RawServer, connection: socket.socket, _number: int) -> None:
        server.receive(connection)
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head + b"2\r\n12\r\n1\r\n3\r\n0\r\n\r\n")

    with raw_server(serve) as server:
        assert CounterClient(f"http://127.0.0.1:{server.port}/counter").next("a") == 123


def test_response_that_is_not_understood_is_closed_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[socket.socket] = []

    def connect(*arguments: Any, **options: Any) -> socket.socket:
        made.append(create_connection(*arguments, **options))
        return made[-1]

    def serve(server: RawServer, connection: socket.socket, _number: int) -> None:
        server.receive(connection)
        lengths = b"Content-Length: 2\r\nContent-Length: 3\r\nConnection: close"
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + lengths + b"\r\n\r\n12")

    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
    with raw_server(serve) as server, pytest.raises(CounterUnavailableError) as error:
        CounterClient(f"http://127.0.0.1:{server.port}/counter", deadline=0.05).next("a")
    assert error.value.status is None
    assert {sock.fileno() for sock in made} == {-1}


DRIPS = {
    "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"1"),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X"),
    "interim responses": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
}


@pytest.mark.parametrize(("start", "drip"), DRIPS.values(), ids=DRIPS.keys())
@pytest.mark.parametrize("urls", [1, 2])
def test_timeout_and_deadline_limit_a_dripping_response(
    start: bytes, drip: bytes, urls: int
) -> None:
    def serve(server: RawServer, connection: socket.socket, _number: int) -> None:
        server.receive(connection)
        connection.sendall(start)
        for _ in range(200):
            time.sleep(0.05)
            connection.sendall(drip)

    with raw_server(serve) as server:
        url = f"http://127.0.0.1:{server.port}/counter"
        client = CounterClient([url, f"{url}/two"][:urls], timeout=0.3, deadline=0.8)
        started = time.monotonic()
        with pytest.raises(CounterUnavailableError):
            client.next("a")
        assert time.monotonic() - started < 5


def test_connection_that_took_all_the_time_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[socket.socket] = []

    def connect_late(*arguments: Any, **options: Any) -> socket.socket:
        made.append(create_connection(*arguments, **options))
        time.sleep(0.2)
        return made[-1]

    monkeypatch.setattr("urllib3.util.connection.create_connection", connect_late)
    with raw_server(close_at_once) as server, pytest.raises(CounterUnavailableError):
        CounterClient(f"http://127.0.0.1:{server.port}/counter", deadline=0.1).next("a")
    assert [sock.fileno() for sock in made] == [-1]


@pytest.mark.parametrize("status", ["100 Continue", "102 Processing", "103 Early Hints"])
def test_interim_responses_are_skipped(status: str) -> None:
    def serve(server: RawServer, connection: socket.socket, _number: int) -> None:
        for number in itertools.count(1):
            if not server.receive(connection):
                return
            interim = f"HTTP/1.1 {status}\r\nLink: </a>\r\n\r\n".encode()
            connection.sendall(interim * 2 + response(str(number)))

    with raw_server(serve) as server:
        client = CounterClient(f"http://127.0.0.1:{server.port}/counter")
        assert [client.next("a"), client.next("b"), client.next("a")] == [1, 2, 3]


@pytest.mark.parametrize(
    "other",
    [
        response("<html>"),
        response("<html>", headers="Content-Type: text/html\r\n"),
        response("<html>", status="302 Found", headers="Location: /login\r\n"),
        response("<html>", status="404 Not Found"),
        response("[" * 60_000, status="400 Bad Request"),
        response("1" * 5000),
        response("1" * 100_000),
        response("1.5"),
        response("\u0661"),
        response('{"a": 1}', status="403 Forbidden"),
    ],
    ids=[
        "JSON page",
        "page",
        "redirect",
        "404 page",
        "deep",
        "digits",
        "large",
        "fraction",
        "wide",
        "403",
    ],
)
def test_connection_is_dropped_after_a_response_of_something_else(other: bytes) -> None:
    def serve(server: RawServer, connection: socket.socket, number: int) -> None:
        server.receive(connection)
        connection.sendall(other if number == 0 else response("7"))
        server.receive(connection)
        connection.sendall(response("13"))

    with raw_server(serve) as server:
        client = CounterClient(f"http://127.0.0.1:{server.port}/counter")
        assert client.next("a") == 7


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("1", 1),
        ("soon", 0),
        ("-1", 0),
        ("1.5", 0),
        ("", 0),
        ("9" * 5000, float("inf")),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Wed, 21 Oct 2015 07:28:00", 0),
        ("Wed, 99 Oct 2015", 0),
        ("Wed, 21 Oct 99999999999999999999 07:28:00 GMT", float("inf")),
    ],
)
def test_any_retry_after_is_understood_or_ignored(
    fake: FakeCounter, value: str, seconds: float
) -> None:
    fake.fault = lambda: Fault(429, {"Retry-After": value})
    with pytest.raises(CounterUnavailableError) as failure:
        CounterClient(fake.url, deadline=0.1).next("a")
    assert failure.value.retry_after == seconds


def test_odd_charset_changes_nothing(fake: FakeCounter) -> None:
    headers = {"Content-Type": "application/json; charset=no-such-charset"}
    fake.fault = lambda: Fault(200, headers, body="<html>")
    with pytest.raises(UnexpectedResponseError):
        CounterClient(fake.url, deadline=0.2).next("a")


def test_attempt_that_the_deadline_cuts_short_does_not_hide_the_reason_before(
    fake: FakeCounter,
) -> None:
    fake.faults.extend([Fault(503), Fault(delay_seconds=2)])
    with pytest.raises(CounterUnavailableError) as failure:
        CounterClient(fake.url, deadline=0.5).next("a")
    assert (failure.value.status, len(fake.requests)) == (503, 2)
