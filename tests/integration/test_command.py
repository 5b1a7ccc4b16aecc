"""`atomic-counter serve` starts, stops and fails as its users expect."""

import re
import signal
import socket
import subprocess
from pathlib import Path

import pytest
import requests

from atomic_counter.tooling.gateway_process import serve_command
from tests.served_counter import serve, serve_error


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_count_survives_a_restart(template: Path, tmp_path: Path, ending: signal.Signals) -> None:
    with serve(template, "--data", tmp_path) as counter:
        assert [counter.next("a"), counter.next("a")] == ["1", "2"]
        assert counter.stop(ending) == 0
    with serve(template, "--data", tmp_path) as counter:
        assert counter.next("a") == "3"


def test_count_survives_kill_9_and_the_engine_ends(template: Path, tmp_path: Path) -> None:
    with serve(template, "--data", tmp_path) as counter:
        assert counter.next("a") == "1"
        counter.stop(signal.SIGKILL)
    with serve(template, "--data", tmp_path) as counter:
        assert counter.next("a") == "2"


def test_no_process_is_left_running(template: Path, tmp_path: Path) -> None:
    with serve(template, "--data", tmp_path) as counter:
        counter.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(counter.endpoint, timeout=5)


def test_given_dynamodb_endpoint_is_used(template: Path, tmp_path: Path) -> None:
    with (
        serve(template, "--data", tmp_path) as first,
        serve(template, "--dynamodb-endpoint", first.endpoint) as second,
    ):
        assert second.endpoint == first.endpoint
        assert [first.next("a"), second.next("a"), first.next("a")] == ["1", "2", "3"]


def test_request_without_engine_is_a_500(template: Path, tmp_path: Path) -> None:
    with (
        serve(template, "--data", tmp_path) as engine,
        serve(template, "--dynamodb-endpoint", engine.endpoint) as counter,
    ):
        engine.stop()
        response = counter.get("a")
    assert response.status_code == 500
    assert response.json() == {"message": "Internal server error"}


def test_port_in_use_is_named(template: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        error = serve_error("--template", template, "--port", port)
    assert error.startswith(f"error: can't listen on port {port} of 127.0.0.1: Address already")


@pytest.mark.parametrize("port", ["-1", "65536", "x", "1.5", "\u0661"])
def test_wrong_port_is_refused(template: Path, port: str) -> None:
    error = serve_error("--template", template, f"--port={port}")
    assert error == f"error: --port must be a whole number from 0 to 65535, got {port}\n"


def test_missing_template_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "no.template.json"
    error = f"error: template {missing}: No such file or directory\n"
    assert serve_error("--template", missing) == error


def test_engine_that_does_not_respond_is_named(template: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        endpoint = f"http://127.0.0.1:{free.getsockname()[1]}"
    error = serve_error("--template", template, "--dynamodb-endpoint", endpoint)
    assert error.startswith(f"error: no DynamoDB engine responds at {endpoint}: ")


@pytest.mark.parametrize("endpoint", ["127.0.0.1:8000", "http://", "http://localhost:99999"])
def test_endpoint_that_is_not_a_url_is_refused(template: Path, endpoint: str) -> None:
    error = serve_error("--template", template, "--dynamodb-endpoint", endpoint)
    allowed = "a URL such as http://127.0.0.1:8000"
    assert error == f"error: --dynamodb-endpoint must be {allowed}, got {endpoint}\n"


def test_data_of_another_running_engine_is_refused(template: Path, tmp_path: Path) -> None:
    with serve(template, "--data", tmp_path) as counter:
        error = serve_error("--template", template, "--data", tmp_path)
        assert counter.next("a") == "1"
    assert error == (
        "error: the engine didn't start: another engine uses this data; stop it, or choose another"
        " folder with --data\n"
    )


def test_data_folder_that_is_a_file_is_refused(template: Path) -> None:
    error = f"error: data folder {template}: File exists\n"
    assert serve_error("--template", template, "--data", template) == error


def test_outputs_are_printed_in_the_form_of_the_cdk(template: Path, tmp_path: Path) -> None:
    command = serve_command("--template", template, "--data", tmp_path)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(6)]
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == "Stopped.\n"
    stack = "TheDynamodbAtomicCounterStack"
    assert re.fullmatch(
        rf"Outputs:\n{stack}\.apigwcounterurl = http://127\.0\.0\.1:\d+/prod/counter"
        rf"\?systemKey=system-aa\n{stack}\.tablename = {stack}-CounterTable\w+\n\n"
        r"DynamoDB endpoint: http://127\.0\.0\.1:\d+\nPress Ctrl-C to stop\.\n",
        "".join(lines),
    )
    assert process.returncode == 0
