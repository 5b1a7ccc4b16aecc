"""The command `audit` counts, plots, and finds a planted defect."""

import itertools
import json
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from atomic_counter.__main__ import main
from atomic_counter.client import CounterClient
from tests.counter_under_test import Counter
from tests.fake_counter import Fault, Request, fake_counter
from tests.integration.fake_dynamodb import fake_dynamodb
from tests.raw_server import RawServer, raw_server, response
from tests.served_counter import serve

Serve = Callable[[RawServer, socket.socket, int], None]


def audit(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "atomic_counter", "audit", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_correct_counter_passes_and_is_reported(counter: Counter, tmp_path: Path) -> None:
    figures, picture = tmp_path / "figures.json", tmp_path / "picture.png"
    many = ["--requests", "200", "--clients", "8", "--keys", "2", "--block", "10"]
    done = audit(counter.url, *many, "--json", figures, "--plot", picture)
    found = json.loads(figures.read_text())
    assert (done.returncode, done.stderr) == (0, "")
    assert (found["requests"], found["numbers"]) == (200, 2000)
    assert (found["duplicates"], found["gaps"], found["errors"]) == (0, 0, {})
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_audit_prints_where_it_wrote_the_plot(
    counter: Counter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "picture.png"
    assert main(["audit", counter.url, "--requests", "2", "--plot", str(picture)]) == 0
    assert f"Written: {picture}\n" in capsys.readouterr().out


@pytest.fixture
def defective(template: Path) -> Iterator[str]:
    """The URL of a counter whose engine issues one number in a thousand twice."""
    numbers = (number for n in itertools.count(1) for number in [n] * (1 + (n % 1000 == 0)))
    with fake_dynamodb() as engine:
        engine.body = lambda: {"Attributes": {"counterValue": {"N": str(next(numbers))}}}
        with serve(template, "--dynamodb-endpoint", engine.endpoint) as counter:
            yield counter.url


def test_duplicate_number_is_found_with_status_1(
    defective: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", defective, "--requests", "1200", "--clients", "1"]) == 1
    assert "1 numbers were issued more than once" in capsys.readouterr().out


def test_no_number_at_all_is_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--requests", "2", "--plot", str(tmp_path / "picture.png")]
    assert main(["audit", "http://127.0.0.1:1/counter", *words]) == 2
    assert "No number was issued." in capsys.readouterr().out


@pytest.mark.parametrize("refused", ["reads", "requests"])
def test_refusal_ends_the_audit_with_its_message(
    refused: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with fake_counter() as fake:
        respond = fake.respond

        def refuse(request: Request) -> tuple[Fault, str]:
            fault, body = respond(request)
            is_read = request.path.endswith("/current")
            if is_read != (refused == "reads"):
                return fault, body
            return Fault(404), '{"message": "this systemKey is not registered"}'

        fake.respond = refuse  # type: ignore[method-assign]
        assert main(["audit", fake.url, "--requests", "100000"]) == 2
        assert len(fake.requests) < 1000
    message = "error: this systemKey is not registered (HTTP status 404)\n"
    assert capsys.readouterr().err == message


@pytest.mark.parametrize(
    "body", ["no JSON", "[]", '{"Message": "no"}', "{}"], ids=["no JSON", "list", "capital", "none"]
)
def test_refusal_without_the_form_of_an_error_ends_the_audit(
    body: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with fake_counter() as fake:
        fake.fault = lambda: Fault(403, body=body)
        assert main(["audit", fake.url, "--clients", "1"]) == 2
    assert capsys.readouterr().err.startswith("error: ")


@pytest.mark.parametrize(
    ("wrong", "output"),
    [
        (["--clients", "0"], "--clients must be a whole number of at least 1, got 0"),
        (["--duration", "x"], "--duration must be a number above 0, got x"),
        (["--block", "1001"], "--block must be a whole number from 1 to 1000, got 1001"),
        (["--json", "/no/a.json"], "--json must be a file in an existing folder, got /no/a.json"),
        (["--plot", "/no/a.png"], "in an existing folder, got /no/a.png"),
        (["--plot", "a.gif"], "--plot must be a file whose name ends with .png in an existing"),
        (["--key", "a", "--keys", "2"], "give either --keys or --key"),
        (["--serve"], "give either URL or --serve"),
    ],
)
def test_wrong_argument_is_reported_with_the_allowed_values(
    wrong: list[str], output: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "http://127.0.0.1:1", *wrong]) == 2
    assert output in capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:1/counter", "Connection refused: 127.0.0.1:1"),
        ("http://nowhere.invalid/counter", "unknown host nowhere.invalid"),
    ],
)
def test_first_reason_for_no_response_is_reported(
    url: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", url, "--requests", "2"]) == 2
    assert f"The first request without a response: {reason}" in capsys.readouterr().out


def test_request_without_response_is_retried_only_ten_times(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    url = "http://127.0.0.1:1/counter"
    assert main(["audit", url, "--requests", "2", "--idempotent", "--json", str(figures)]) == 2
    assert json.loads(figures.read_text())["requests"] == 20


def test_tls_failure_is_reported(counter: Counter, capsys: pytest.CaptureFixture[str]) -> None:
    main(["audit", counter.url.replace("http:", "https:"), "--requests", "1"])
    assert "The first request without a response: TLS failed: " in capsys.readouterr().out


def audit_error(serve_connection: Serve, *words: str) -> tuple[int, dict[str, Any]]:
    """Audit a raw server; return the exit status and the figures."""
    with raw_server(serve_connection) as server, tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "figures.json"
        url = f"http://127.0.0.1:{server.port}/counter"
        status = main(["audit", url, "--clients", "1", "--json", str(figures), *words])
        return status, json.loads(figures.read_text())


def respond(*bodies: str) -> Serve:
    """Respond with these numbers in turn, and with 0 to a read."""
    numbers = itertools.cycle(bodies)

    def serve_connection(server: RawServer, connection: socket.socket, _number: int) -> None:
        while request := server.receive(connection):
            connection.sendall(response("0" if b"/current" in request else next(numbers)))

    return serve_connection


def test_numbers_out_of_order_are_status_1() -> None:
    status, figures = audit_error(respond("2", "1", "4", "3"), "--requests", "4")
    assert (status, figures["duplicates"], figures["disorder"]) == (1, 0, 2)


def test_new_key_that_does_not_start_at_1_is_status_1() -> None:
    status, figures = audit_error(respond("5", "6"), "--requests", "2")
    assert (status, figures["disorder"]) == (1, 1)


def test_cut_response_is_no_number() -> None:
    def cut(server: RawServer, connection: socket.socket, _number: int) -> None:
        server.receive(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n12")

    status, figures = audit_error(cut, "--requests", "2")
    assert (status, figures["numbers"], figures["errors"]) == (2, 0, {"no response": 2})


@pytest.mark.parametrize("value", ["3600", "Wed, 21 Oct 2115 07:28:00 GMT", "soon"])
def test_no_retry_after_delays_the_end(value: str) -> None:
    def throttle(server: RawServer, connection: socket.socket, _number: int) -> None:
        while server.receive(connection):
            headers = f"Retry-After: {value}\r\n"
            connection.sendall(response("{}", status="429 Too Many Requests", headers=headers))

    started = time.monotonic()
    status, figures = audit_error(throttle, "--duration", "3")
    assert (status, list(figures["errors"])) == (2, ["429"])
    assert time.monotonic() - started < 30


def test_audit_uses_the_proxy_and_the_certificates_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("counter.test").configure_cert(context)

    def tunnel(server: RawServer, connection: socket.socket, _number: int) -> None:
        assert server.receive(connection).startswith(b"CONNECT counter.test:443 ")
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with context.wrap_socket(connection, server_side=True) as secured:
            while request := secured.recv(65536):
                secured.sendall(response("0" if b"/current" in request else "1"))

    with raw_server(tunnel) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
        words = ["https://counter.test/counter", "--requests", "1", "--clients", "1"]
        assert main(["audit", *words]) == 0
        assert CounterClient("https://counter.test/counter").next("a") == 1
