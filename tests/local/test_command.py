"""`python -m atomic_counter.local` starts, stops and fails as a person would wish."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.serving import fail, serve


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_what_was_counted_survives_a_restart(
    template: Path, tmp_path: Path, ending: signal.Signals
) -> None:
    with serve(template, "--data", tmp_path) as counter:
        assert [counter.next("a"), counter.next("a")] == ["1", "2"]
        assert counter.stop(ending) == 0
    with serve(template, "--data", tmp_path) as counter:
        assert counter.next("a") == "3"


def test_what_was_counted_survives_kill_9_and_the_engine_ends_too(
    template: Path, tmp_path: Path
) -> None:
    with serve(template, "--data", tmp_path) as counter:
        assert counter.next("a") == "1"
        counter.stop(signal.SIGKILL)
    with serve(template, "--data", tmp_path) as counter:
        assert counter.next("a") == "2"


def test_nothing_is_left_running(template: Path, tmp_path: Path) -> None:
    with serve(template, "--data", tmp_path) as counter:
        counter.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(counter.endpoint, timeout=5)


def test_another_engine_is_used_where_one_is_named(template: Path, tmp_path: Path) -> None:
    with (
        serve(template, "--data", tmp_path) as first,
        serve(template, "--dynamodb-endpoint", first.endpoint) as second,
    ):
        assert second.endpoint == first.endpoint
        assert [first.next("a"), second.next("a"), first.next("a")] == ["1", "2", "3"]


def test_a_request_without_an_engine_is_the_services_fault(template: Path, tmp_path: Path) -> None:
    with (
        serve(template, "--data", tmp_path) as engine,
        serve(template, "--dynamodb-endpoint", engine.endpoint) as counter,
    ):
        engine.stop()
        answer = counter.get("a")
    assert answer.status_code == 500
    assert answer.json() == {"message": "Internal server error"}


def test_a_port_in_use_is_named(template: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        status, said = fail("--template", template, "--port", port)
    assert status == 1
    assert said.startswith(f"error: cannot listen on port {port} of 127.0.0.1: Address already")


@pytest.mark.parametrize("port", ["-1", "65536", "x"])
def test_a_port_that_is_none_is_refused(template: Path, port: str) -> None:
    status, said = fail("--template", template, f"--port={port}")
    assert (status, said.splitlines()[-1].endswith(f"from 0 to 65535, not {port}")) == (2, True)


def test_a_missing_template_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "no.template.json"
    assert fail("--template", missing) == (
        1,
        f"error: template {missing}: No such file or directory\n",
    )


def test_an_engine_that_does_not_answer_is_named(template: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        endpoint = f"http://127.0.0.1:{free.getsockname()[1]}"
    status, said = fail("--template", template, "--dynamodb-endpoint", endpoint)
    assert status == 1
    assert said.startswith(f"error: no DynamoDB engine answers at {endpoint}: ")


@pytest.mark.parametrize("endpoint", ["127.0.0.1:8000", "http://", "http://localhost:99999"])
def test_an_endpoint_that_is_no_url_is_refused(template: Path, endpoint: str) -> None:
    status, said = fail("--template", template, "--dynamodb-endpoint", endpoint)
    assert (status, said.splitlines()[-1].endswith(f"8000, not {endpoint}")) == (2, True)


def test_data_that_another_engine_uses_is_left_alone(template: Path, tmp_path: Path) -> None:
    with serve(template, "--data", tmp_path) as counter:
        failed = fail("--template", template, "--data", tmp_path)
        assert counter.next("a") == "1"
    assert failed == (
        1,
        "error: the engine did not start: another one uses this data; stop it, or choose another"
        " folder with --data\n",
    )


def test_a_data_folder_that_is_a_file_is_refused(template: Path) -> None:
    assert fail("--template", template, "--data", template) == (
        1,
        f"error: data folder {template}: File exists\n",
    )


def test_the_help_says_what_can_be_chosen() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "atomic_counter.local", "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    options = ["--port", "--host", "--template", "--context", "--data", "--dynamodb-endpoint"]
    assert all(option in said for option in options)
