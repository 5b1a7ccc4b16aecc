"""A proxy in the environment is used, or the error says what to do."""

import socket
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from requests.exceptions import InvalidSchema

from atomic_counter.client import CounterClient, CounterError, CounterUnavailableError
from tests.raw_server import RawServer, raw_server, response

HELLO, ACCEPTED = bytes([5, 0]), bytes([5, 0, 0, 1, 127, 0, 0, 1, 0, 0])
WITHOUT_PYSOCKS = InvalidSchema("Missing dependencies for SOCKS support.")


@pytest.fixture(autouse=True)
def _only_proxies_of_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("all_proxy", "http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def socks_proxy() -> Iterator[RawServer]:
    """A SOCKS proxy that responds as a counter itself."""

    def serve(server: RawServer, connection: socket.socket, _number: int) -> None:
        server.receive(connection)
        connection.sendall(HELLO)
        server.receive(connection)
        connection.sendall(ACCEPTED)
        for number in count(1):
            if not server.receive(connection):
                return
            connection.sendall(response(str(number)))

    with raw_server(serve) as server:
        yield server


def test_socks_proxy_resolves_the_name_and_keeps_its_connection(
    socks_proxy: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", f"socks5h://127.0.0.1:{socks_proxy.port}")
    client = CounterClient("http://counter.test/counter", deadline=5)
    assert [client.next("a") for _ in range(3)] == [1, 2, 3]
    assert b"counter.test" in socks_proxy.received[1]


def without_pysocks(*_: Any, **__: Any) -> None:
    raise WITHOUT_PYSOCKS


def test_socks_proxy_without_pysocks_is_an_error_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("requests.adapters.SOCKSProxyManager", without_pysocks)
    monkeypatch.setenv("ALL_PROXY", "socks5h://user:secret@127.0.0.1:1080")
    with pytest.raises(CounterError, match=r"install requests\[socks\].*unset ALL_PROXY") as error:
        CounterClient("http://counter.test/counter", deadline=5).next("a")
    assert not isinstance(error.value, CounterUnavailableError)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("proxy", ["ftp://user:secret@proxy", "socks7://user:secret@proxy"])
def test_proxy_of_another_kind_is_an_error_at_once(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(CounterError, match="must be an http, https or socks URL") as error:
        CounterClient("http://counter.test/counter", deadline=5).next("a")
    assert not isinstance(error.value, CounterUnavailableError)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("proxy", ["http://", "http://proxy:port", "http://[::1"])
def test_proxy_that_is_not_a_url_is_an_error_at_once(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(CounterError, match="correct the URL, or the proxy") as error:
        CounterClient("http://counter.test/counter", deadline=5).next("a")
    assert not isinstance(error.value, CounterUnavailableError)


def test_proxy_that_does_not_respond_is_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        monkeypatch.setenv("ALL_PROXY", f"socks5h://127.0.0.1:{free.getsockname()[1]}")
    with pytest.raises(CounterUnavailableError):
        CounterClient("http://counter.test/counter", deadline=0.5).next("a")
