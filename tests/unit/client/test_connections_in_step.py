"""A connection with bytes left over is never used again, and its number isn't returned."""

import re
import select
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme
from urllib3.util.connection import create_connection

from atomic_counter.client import CounterClient, UnexpectedResponseError
from tests.raw_server import RawServer, raw_server, response

Send = Callable[[socket.socket, bytes], None]


class Numbers:
    """Serves the numbers of a counter, and sends one response in three oddly."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._numbers: dict[bytes, int] = {}

    def __call__(self, server: RawServer, connection: socket.socket, _number: int) -> None:
        while request := server.receive(connection):
            [key] = re.findall(rb"(?:idempotencyKey|documentKey)=([^& ]+)", request)
            number = self._numbers.setdefault(key, len(self._numbers) + 1)
            if len(server.received) % 3 == 0:
                self._send(connection, response(str(number)))
            else:
                connection.sendall(response(str(number)))


def send_twice(connection: socket.socket, data: bytes) -> None:
    connection.sendall(data * 2)


def send_again_later(connection: socket.socket, data: bytes) -> None:
    connection.sendall(data)
    time.sleep(0.01)
    connection.sendall(data)


def send_with_a_line_break(connection: socket.socket, data: bytes) -> None:
    connection.sendall(data + b"\r\n")


@pytest.mark.parametrize("send", [send_twice, send_again_later, send_with_a_line_break])
def test_response_with_bytes_after_it_causes_no_duplicates(send: Send) -> None:
    with raw_server(Numbers(send)) as server:
        client = CounterClient(f"http://127.0.0.1:{server.port}/counter", deadline=120)
        numbers = [client.next("a") for _ in range(10)]
    assert len(set(numbers)) == 10


@pytest.mark.parametrize("send", [send_twice, send_again_later])
def test_document_gets_no_number_of_a_response_that_is_sent_twice(send: Send) -> None:
    with raw_server(Numbers(send)) as server:
        client = CounterClient(f"http://127.0.0.1:{server.port}/counter", deadline=120)
        numbers = [client.assign("a", document) for document in "aabcad"]
    assert numbers == [1, 1, 2, 3, 1, 4]


def test_response_of_another_key_is_recognized_by_its_id() -> None:
    def serve(server: RawServer, connection: socket.socket, number: int) -> None:
        while server.receive(connection):
            headers = f"Content-Type: application/json\r\nx-amzn-RequestId: {number}\r\n"
            data = response("7", headers=headers) if number == 0 else response("8")
            send_again_later(connection, data)

    with raw_server(serve) as server:
        client = CounterClient(f"http://127.0.0.1:{server.port}/counter")
        assert [client.next("a"), client.next("b")] == [7, 8]


def send_more_than_declared(_server: RawServer, connection: socket.socket, _number: int) -> None:
    while connection.recv(65536):
        connection.sendall(response("12").replace(b"Length: 2", b"Length: 1"))


def test_number_longer_than_its_declared_length_is_not_returned() -> None:
    with raw_server(send_more_than_declared) as server:
        client = CounterClient(f"http://127.0.0.1:{server.port}/counter", deadline=0.5)
        with pytest.raises(UnexpectedResponseError, match="bytes after the response"):
            client.next("a")


def test_same_holds_within_tls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    numbers = Numbers(send_again_later)

    def serve(server: RawServer, connection: socket.socket, number: int) -> None:
        with context.wrap_socket(connection, server_side=True) as tls:
            numbers(server, tls, number)

    with raw_server(serve) as server:
        client = CounterClient(f"https://127.0.0.1:{server.port}/counter", deadline=120)
        assert len({client.next("a") for _ in range(10)}) == 10
    assert len(server.received) < 30


def test_response_before_the_request_is_not_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*arguments: Any, **options: Any) -> socket.socket:
        connection = create_connection(*arguments, **options)
        select.select([connection], [], [], 0.2)
        return connection

    def serve(server: RawServer, connection: socket.socket, number: int) -> None:
        if number == 0:
            connection.sendall(response("7"))
        while server.receive(connection):
            connection.sendall(response("13"))

    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
    with raw_server(serve) as server:
        assert CounterClient(f"http://127.0.0.1:{server.port}/counter").next("a") == 13
