"""The contract's tests find the given counter, and leave nothing in its table."""

import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from atomic_counter.tooling.paths import CHECKOUT
from tests.served_counter import ServedCounter, serve

DESCRIBED = """
<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
<DescribeStacksResult><Stacks><member><StackName>Mine</StackName><Outputs>
<member><OutputKey>apigwcounterurl</OutputKey><OutputValue>{url}?systemKey=a</OutputValue></member>
<member><OutputKey>tablename</OutputKey><OutputValue>{table}</OutputValue></member>
</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>
"""


@pytest.fixture(scope="module")
def counter(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedCounter]:
    with serve(template, "--data", tmp_path_factory.mktemp("live")) as served:
        yield served


@pytest.fixture
def cloudformation(counter: ServedCounter) -> Iterator[str]:
    """The endpoint of a service that describes the stack `Mine`, with the counter's outputs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            described = DESCRIBED.format(url=counter.url, table=counter.table.name).encode()
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(described)))
            self.end_headers()
            self.wfile.write(described)

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def run(*arguments: str, **environment: str) -> str:
    """Run two of the contract's tests, of which one needs the table; return their outcome."""
    both = [
        f"tests/contract/test_contract.py::test_odd_key_{name}[get]"
        for name in ("counts_separately", "is_stored_unchanged")
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *both, *arguments],
        cwd=CHECKOUT,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.splitlines()[-1].partition(" in ")[0]


def test_stack_name_is_enough_for_url_and_table(
    counter: ServedCounter, cloudformation: str
) -> None:
    account = {
        "AWS_ENDPOINT_URL_CLOUDFORMATION": cloudformation,
        "AWS_ENDPOINT_URL_DYNAMODB": counter.endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    assert run("--stack", "Mine", **account) == "2 passed"
    assert counter.table.scan()["Items"] == []


def test_url_is_enough_for_tests_without_table(counter: ServedCounter) -> None:
    assert run("--url", f"{counter.url}?systemKey=system-aa") == "1 passed, 1 skipped"


def test_url_can_be_in_the_environment(counter: ServedCounter) -> None:
    assert run(COUNTER_URL=counter.url) == "1 passed, 1 skipped"
