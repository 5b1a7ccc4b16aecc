"""A host can have several addresses, and an attempt is shared between them."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from urllib3.util.connection import create_connection

from atomic_counter.client import CounterClient, CounterUnavailableError
from tests.fake_counter import FakeCounter

DEAD = "127.0.0.2"


@pytest.fixture
def url(fake: FakeCounter, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a host whose first address swallows connections."""
    port, find = urlsplit(fake.url).port or 0, socket.getaddrinfo

    def find_two(host: str, *arguments: Any, **options: Any) -> list[Any]:
        if host != "counter.test":
            return find(host, *arguments, **options)
        return [*find(DEAD, *arguments, **options), *find("127.0.0.1", *arguments, **options)]

    monkeypatch.setattr("socket.getaddrinfo", find_two)
    monkeypatch.setattr("atomic_counter.client.connections.adapter._failed_at", {})
    with ExitStack() as cleanup, socket.socket() as dead:
        dead.bind((DEAD, port))
        dead.listen(0)
        for _ in range(3):  # Whatever is beyond the queue of a listener gets no response.
            waiting = cleanup.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex((DEAD, port))
        yield f"http://counter.test:{port}/prod/counter"


def test_dead_first_address_takes_only_its_share_of_an_attempt(url: str, fake: FakeCounter) -> None:
    assert CounterClient(url, timeout=2, deadline=2).next(str(uuid4())) == 1
    assert len(fake.requests) == 1


def test_address_that_has_failed_is_last(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = []

    def connect(address: Any, *arguments: Any, **options: Any) -> socket.socket:
        addresses.append(address[0])
        return create_connection(address, *arguments, **options)

    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
    for _ in range(2):
        CounterClient(url, timeout=2).next("a")
    assert addresses == [DEAD, "127.0.0.1", "127.0.0.1"]


def test_host_without_any_address_that_responds_is_unavailable(url: str) -> None:
    port = urlsplit(url).port
    with pytest.raises(CounterUnavailableError):
        CounterClient(f"http://{DEAD}:{port}/counter", deadline=0.5).next("a")


def test_unknown_host_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_none(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", find_none)
    with pytest.raises(CounterUnavailableError, match="not known"):
        CounterClient("http://counter.test/counter", deadline=0.5).next("a")
