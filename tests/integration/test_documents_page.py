"""The examples of `docs/documents.md` work as printed."""

import os
import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from atomic_counter.commands.register import examine
from atomic_counter.options import AppOptions
from atomic_counter.tooling import node
from tests.counter_under_test import local_dynamodb
from tests.raw_server import RawServer, raw_server, response
from tests.served_counter import ServedCounter, serve
from tests.synthesis import template_file

PAGE = Path("docs/documents.md").read_text(encoding="utf-8")
CURL_WITH_HEADERS = (7, 84)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedCounter]:
    folder = tmp_path_factory.mktemp("page")
    template = template_file(AppOptions(documents=True), folder)
    with serve(template, "--data", folder / "data", "--lose-one-in", "7") as counter:
        yield counter


@pytest.fixture
def key() -> str:
    return f"o'brien & sons {uuid4()}"


def block(language: str, containing: str) -> str:
    blocks = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    (found,) = (each for each in blocks if containing in each)
    return str(found)


def assert_documents_get_numbers(assign: Callable[[str], str]) -> None:
    documents = ["order-1", "order 2", "é&=", "order-1", "\"'$`", "order 2"]
    assert [assign(document) for document in documents] == ["1", "2", "3", "1", "4", "2"]


def test_python_example_assigns_and_reads(served: ServedCounter) -> None:
    names: dict[str, Any] = {}
    program = block("python", "client.assign").replace('"invoices"', f'"{uuid4()}"')
    program = program.replace("http://127.0.0.1:8080/prod/counter", served.url)
    exec(program, names)
    with names["client"] as client:
        assert client.number_of("none", "order-17") is None


def test_javascript_loop_assigns(served: ServedCounter, key: str) -> None:
    call = "assign(process.argv[1], process.argv[2], process.argv[3]).then(console.log)"

    def assign(document: str) -> str:
        program = block("js", "async function assign") + call
        words = [str(node.executable()), "-e", program, "--", served.url, key, document]
        return subprocess.check_output(words, text=True).strip()

    assert_documents_get_numbers(assign)


def curl_version() -> tuple[int, ...]:
    try:
        line = subprocess.check_output(["curl", "--version"], text=True)
    except FileNotFoundError:
        return ()
    return tuple(map(int, line.split()[1].split(".")[:2]))


def bash_assign(url: str, key: str, document: str) -> "subprocess.CompletedProcess[str]":
    program = f'URL=$1\n{block("bash", "assign()")}assign "$2" "$3"'
    words = ["bash", "-c", program, "-", url, key, document]
    return subprocess.run(words, text=True, capture_output=True, check=False, timeout=60)


needs_curl = pytest.mark.skipif(
    curl_version() < CURL_WITH_HEADERS, reason="curl isn't there, or is older"
)


@needs_curl
def test_bash_loop_assigns(served: ServedCounter, key: str) -> None:
    def assign(document: str) -> str:
        done = bash_assign(served.url, key, document)
        assert done.returncode == 0
        return done.stdout.strip()

    assert_documents_get_numbers(assign)


@needs_curl
def test_list_of_documents_has_the_printed_response(served: ServedCounter) -> None:
    program = f"URL=$1\n{block('bash', '/documents?')}".replace("invoices", str(uuid4()))
    printed = PAGE.partition("/documents?")[2].partition("The response is `")[2].partition("`")[0]
    for _ in range(2):  # One response in seven is lost.
        words = ["bash", "-c", program, "-", served.url]
        body = subprocess.check_output(words, text=True, timeout=60)
        if body.startswith("["):
            break
    assert body == printed == "[1, 2, 3]"


@needs_curl
def test_bash_loop_retries_an_incomplete_response(key: str) -> None:
    def respond(server: RawServer, connection: socket.socket, number: int) -> None:
        server.receive(connection)
        whole = response("123")
        connection.sendall(whole[:-1] if number == 0 else whole)

    with raw_server(respond) as server:
        done = bash_assign(f"http://127.0.0.1:{server.port}/counter", key, "order-1")
    assert (done.returncode, done.stdout) == (0, "123\n")


@pytest.mark.parametrize("curl", ["exit 0", "exit 2", "echo 12; exit 2"])
def test_bash_loop_without_a_response_of_curl_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, curl: str
) -> None:
    (tmp_path / "curl").write_text(f"#!/bin/sh\n{curl}\n")
    (tmp_path / "curl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    done = bash_assign("http://127.0.0.1:1/counter", "a", "order-1")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "curl printed no response\n"


def test_existing_series_is_moved_in_and_continues(served: ServedCounter, key: str) -> None:
    old = [(number, f"order-{number}") for number in [*range(30, 60), *range(1, 30)]]
    program = block("python", "OLD_DOCUMENTS").replace("invoices", key)
    program = program.replace('boto3.resource("dynamodb").Table(TABLE)', "TABLE")
    exec(program, {"TABLE": served.table, "OLD_DOCUMENTS": old})
    assert "60" in [served.assign(key, "order-60", 59).text for _ in range(2)]
    series, findings = examine(local_dynamodb(served.endpoint), served.table.name, key)
    assert sorted(series[key].documents) == list(range(1, 61))
    assert findings == {}
