"""Whatever a service sends, a call returns a right number or raises an error of the client."""

import re
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from atomic_counter.client import CounterClient, CounterError, UnexpectedResponseError
from atomic_counter.client.retries import retry_after_seconds
from tests.fake_counter import FakeCounter, Fault
from tests.raw_server import RawServer, raw_server

HEADERS = (
    "Content-Length",
    "Content-Type",
    "Content-Encoding",
    "Transfer-Encoding",
    "Connection",
    "Retry-After",
    "Last-Number",
    "Location",
    "x-amzn-RequestId",
)
VALUES = ("0", "1", "2", "-1", "1, 1", "99999999999999999999", "chunked", "gzip", "close", "é", "")
BODIES = (
    b"12",
    b"0",
    b"-1",
    b"1.5",
    b"\xd9\xa1",
    b'{"message": "no"}',
    b'{"message": 7}',
    b"[" * 9999,
)
CHUNKS = (
    b"2\r\n12\r\n",
    b"0\r\n\r\n",
    b"-5\r\n",
    b"1_0\r\n",
    b"x\r\n",
    b"2;a=b\r\n12\r\n",
    b"\r\n",
)

header = st.tuples(st.sampled_from(HEADERS), st.sampled_from(VALUES) | st.text(max_size=20))
status = (
    st.sampled_from([100, 103, 200, 204, 206, 302, 400, 404, 412, 429, 500, 503]) | st.integers()
)
body = (
    st.sampled_from(BODIES)
    | st.binary(max_size=50)
    | st.lists(st.sampled_from(CHUNKS)).map(b"".join)
)


@st.composite
def responses(draw: st.DrawFn) -> bytes:
    """A response with some of its parts wrong."""
    data = draw(body)
    headers = draw(st.lists(header, max_size=5))
    if draw(st.booleans()):
        headers.append(("Content-Length", str(len(data))))
    lines = [f"HTTP/1.1 {draw(status)} {draw(st.text(max_size=5))}", *map(": ".join, headers)]
    return "\r\n".join([*lines, "", ""]).encode() + data


class Hostile:
    """A service with the same response to each request."""

    def __init__(self) -> None:
        self.response = b""
        self.port = 0

    def serve(self, server: RawServer, connection: socket.socket, _number: int) -> None:
        if server.receive(connection):
            connection.sendall(self.response)


@pytest.fixture(scope="module")
def hostile() -> Iterator[Hostile]:
    hostile = Hostile()
    with raw_server(hostile.serve) as server:
        hostile.port = server.port
        yield hostile


CALLS: list[Callable[[CounterClient], Any]] = [
    lambda client: client.next("a"),
    lambda client: client.current("a"),
    lambda client: client.assign("a", "b"),
    lambda client: client.number_of("a", "b"),
]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(response=responses() | st.binary(), call=st.sampled_from(CALLS))
@example(response=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n", call=CALLS[0])
@example(
    response=b"HTTP/1.1 429 \r\nRetry-After: 1 Jan 99999999999 1:1:1\r\nContent-Length: 0\r\n\r\n",
    call=CALLS[0],
)
def test_any_response_is_a_number_in_it_or_an_error(
    hostile: Hostile, response: bytes, call: Callable[[CounterClient], Any]
) -> None:
    hostile.response = response
    with CounterClient(f"http://127.0.0.1:{hostile.port}/counter", deadline=0.1) as client:
        try:
            number = call(client)
        except CounterError:
            return
    assert re.search(rb"^(200|HTTP/1.. 200)", response)
    assert str(number).encode() in response.replace(b"\r\n", b"")


@given(st.text() | st.from_regex(r"\w{3}, \d+ (Jan|Dec) \d+ \d+:\d+:\d+ [+-]?\d+"))
def test_any_retry_after_is_a_number_of_seconds(value: str) -> None:
    assert retry_after_seconds(value) >= 0


@pytest.mark.parametrize(
    ("call", "body"),
    [
        (lambda client: client.next("a"), "0"),
        (lambda client: client.next("a"), "007"),
        (lambda client: client.reserve("a", 10), "9"),
        (lambda client: client.assign("a", "b"), "0"),
        (lambda client: client.number_of("a", "b"), "0"),
    ],
    ids=["next 0", "leading zeros", "below the block", "assign 0", "number_of 0"],
)
def test_number_that_no_counter_returns_is_not_returned(
    fake: FakeCounter, call: Callable[[CounterClient], Any], body: str
) -> None:
    fake.fault = lambda: Fault(200, body=body)
    with pytest.raises(UnexpectedResponseError, match=f"not a response of a counter: b'{body}'"):
        call(CounterClient(fake.url, deadline=0.2))


def test_last_number_of_a_new_key_is_0(fake: FakeCounter) -> None:
    fake.fault = lambda: Fault(200, body="0")
    assert CounterClient(fake.url).current("a") == 0
