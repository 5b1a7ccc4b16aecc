"""`atomic-counter serve` starts, stops and fails as its users expect."""

import json
import logging
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from atomic_counter.__main__ import main
from atomic_counter.client import CounterClient
from atomic_counter.local.dynamodb import running_endpoint
from atomic_counter.options import AppOptions
from atomic_counter.tooling.gateway_process import serve_command
from atomic_counter.tooling.terminal import FirstInASecond
from tests.integration.fake_dynamodb import fake_dynamodb
from tests.raw_server import RawServer, raw_server, response
from tests.served_counter import run_command, serve, serve_error
from tests.synthesis import template_file


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


def test_count_continues_in_the_table_of_another_stack(template: Path, tmp_path: Path) -> None:
    with serve(template, "--data", tmp_path) as counter:
        assert counter.next("a") == "1"
        table = counter.table.name
    other = template_file(AppOptions(table_name=table, stack_name="Again"), tmp_path)
    with serve(other, "--data", tmp_path) as counter:
        assert (counter.table.name, counter.next("a")) == (table, "2")


def test_table_that_should_exist_and_does_not_is_a_warning(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with serve(template_file(AppOptions(table_name="mine"), tmp_path), "--data", tmp_path):
        pass
    assert "the table mine doesn't exist yet at http://127.0.0.1:" in capfd.readouterr().err


def test_no_process_is_left_running(template: Path, tmp_path: Path) -> None:
    with serve(template, "--data", tmp_path) as counter:
        counter.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(counter.endpoint, timeout=60)


def test_given_dynamodb_endpoint_is_used(template: Path, tmp_path: Path) -> None:
    with (
        serve(template, "--data", tmp_path) as first,
        serve(template, "--dynamodb-endpoint", first.endpoint) as second,
    ):
        assert second.endpoint == first.endpoint
        assert [first.next("a"), second.next("a"), first.next("a")] == ["1", "2", "3"]


def test_request_without_engine_is_a_504(template: Path, tmp_path: Path) -> None:
    with (
        serve(template, "--data", tmp_path) as engine,
        serve(template, "--dynamodb-endpoint", engine.endpoint) as counter,
    ):
        engine.stop()
        response = counter.get("a")
    assert response.status_code == 504
    assert response.json() == {"message": "Internal server error"}


def test_port_in_use_is_named(template: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        error = serve_error("--template", template, "--port", port)
    assert error.startswith(f"error: can't listen on port {port} of 127.0.0.1: Address already")


@pytest.mark.parametrize("host", ["no.such.host.invalid", "a" * 70, "1.2.3.4"])
def test_host_that_is_not_of_this_machine_is_named(template: Path, host: str) -> None:
    error = serve_error("--template", template, "--host", host)
    assert error.startswith(f"error: can't listen on port 0 of {host}: ")
    assert "Unknown error" not in error


def test_resource_that_is_not_served_is_a_warning(
    template: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(template.read_text())
    document["Resources"]["Queue"] = {"Type": "AWS::SQS::Queue"}
    changed = tmp_path / "Stack.template.json"
    changed.write_text(json.dumps(document))
    with serve(changed, "--data", tmp_path / "data") as counter:
        assert counter.next("a") == "1"
    assert capfd.readouterr().err == "WARNING Stack: Queue (AWS::SQS::Queue) isn't served here\n"


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
    allowed = "an http or https URL such as http://127.0.0.1:8000"
    assert error == f"error: --dynamodb-endpoint must be {allowed}, got {endpoint}\n"


def test_data_of_another_running_engine_is_refused(template: Path, tmp_path: Path) -> None:
    with serve(template, "--data", tmp_path) as counter:
        error = serve_error("--template", template, "--data", tmp_path)
        assert counter.next("a") == "1"
        assert running_endpoint(tmp_path) == counter.endpoint
    assert error == (
        f"error: another engine uses the data in {tmp_path}; stop it, or choose another folder with"
        " --data\n"
    )


def test_data_folder_that_is_a_file_is_refused(template: Path) -> None:
    error = f"error: data folder {template}: File exists\n"
    assert serve_error("--template", template, "--data", template) == error


def test_outputs_are_printed_in_the_form_of_the_cdk(template: Path, tmp_path: Path) -> None:
    command = serve_command("--template", template, "--data", tmp_path)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(7)]
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == "Stopped.\n"
    stack = "TheDynamodbAtomicCounterStack"
    assert re.fullmatch(
        rf"Outputs:\n{stack}\.apigwcounterurl = http://127\.0\.0\.1:\d+/prod/counter"
        rf"\?systemKey=system-aa\n{stack}\.tablename = {stack}-CounterTable\w+\n"
        rf"{stack}\.dashboardname = {stack}-CounterMonitoringDashboards\w+\n\n"
        r"DynamoDB endpoint: http://127\.0\.0\.1:\d+\nPress Ctrl-C to stop\.\n",
        "".join(lines),
    )
    assert process.returncode == 0


ENVIRONMENT = {
    "DEBUG": "*",
    "FORCE_COLOR": "1",
    "LC_ALL": "C",
    "NODE_DEBUG": "net",
    "NODE_OPTIONS": "--require=/none.cjs",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONINSPECT": "1",
    "PYTHONIOENCODING": "utf-16",
    "PYTHONSTARTUP": "/none.py",
    "PYTHONUTF8": "0",
}


def test_gateway_and_its_program_understand_each_other_in_any_environment(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with serve(template, "--data", tmp_path) as counter:
        assert counter.next("a") == "1"
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_gateway_and_engine_end_with_the_program_that_runs_them(
    template: Path, tmp_path: Path, number: signal.Signals
) -> None:
    program = (
        "import sys, time; from atomic_counter.tooling.gateway_process import run_gateway\n"
        "with run_gateway('--template', sys.argv[1], '--data', sys.argv[2]) as gateway:\n"
        "    print(gateway.process.pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", program, str(template), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        gateway = psutil.Process(int(process.stdout.readline()))
        family = [gateway, *gateway.children()]
        process.send_signal(number)
    assert len(family) == 2
    assert psutil.wait_procs(family, timeout=60)[1] == []


@pytest.mark.parametrize("seconds", [0.02, 0.2, 0.4])
def test_interrupt_during_the_start_is_no_traceback(
    template: Path, tmp_path: Path, seconds: float
) -> None:
    program = (
        "import sys; from atomic_counter.__main__ import main; print(flush=True);"
        "sys.exit(main(sys.argv[1:]))"
    )
    words = ["serve", "--port", "0", "--template", str(template), "--data", str(tmp_path)]
    with subprocess.Popen(
        [sys.executable, "-c", program, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        process.stdout.readline()
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert "Traceback" not in errors


@pytest.mark.parametrize("command", ["--help", "cost --template {}"])
def test_reader_that_ends_early_is_no_error(template: Path, command: str) -> None:
    words = [sys.executable, "-m", "atomic_counter", *command.format(template).split()]
    shell = f"{shlex.join(words)} | head -1"
    done = subprocess.run(shell, shell=True, capture_output=True, text=True, check=True)
    assert (len(done.stdout.splitlines()), done.stderr) == (1, "")


def test_full_disk_is_one_line(template: Path, tmp_path: Path, capfd: Any) -> None:
    with serve(template, "--data", tmp_path) as counter:
        assert main(["audit", counter.url, "--requests", "2", "--json", "/dev/full"]) == 2
    assert capfd.readouterr().err.splitlines()[-1].endswith("No space left on device")


def test_folder_that_is_not_writable_is_one_line(template: Path) -> None:
    error = serve_error("--template", template, "--data", "/proc/no")
    assert error == "error: data folder /proc/no: No such file or directory\n"


@pytest.mark.parametrize("body", [{}, [], "text", {"Table": 1}])
def test_endpoint_that_is_not_dynamodb_is_one_line(template: Path, body: Any) -> None:
    def serve(_server: RawServer, connection: socket.socket, _number: int) -> None:
        _server.receive(connection)
        connection.sendall(response(json.dumps(body)))

    with raw_server(serve) as server:
        endpoint = f"http://127.0.0.1:{server.port}"
        error = serve_error("--template", template, "--dynamodb-endpoint", endpoint)
    assert error.startswith(f"error: no DynamoDB engine responds at {endpoint}: ")


def test_proxy_is_not_used_on_this_machine(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serve(template, "--data", tmp_path) as counter:
        assert main(["audit", counter.url, "--requests", "2"]) == 0
        assert CounterClient(counter.url).next("a") == 1


def test_repeated_log_lines_are_limited() -> None:
    first_in_a_second = FirstInASecond()
    for created, is_first in ((1.0, True), (1.5, False), (2.0, True), (2.9, False)):
        record = logging.makeLogRecord({"msg": "%s failed", "created": created})
        assert first_in_a_second.filter(record) == is_first


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize("body", ["{}", "<html>Sign in</html>"])
@pytest.mark.parametrize(
    "words",
    [
        ["keys", "list", "a"],
        ["keys", "add", "a", "b"],
        ["keys", "raise", "a", "b", "--start", "2"],
        ["register", "a"],
        ["migrate", "a", "b"],
    ],
)
def test_success_of_something_other_than_dynamodb_is_an_error(words: list[str], body: str) -> None:
    with fake_dynamodb() as fake:
        fake.body, fake.content_type = body, "text/html"
        status, error = run_command(*words, "--endpoint-url", fake.endpoint)
    assert (status, len(fake.targets)) == (2, 1)
    assert error.startswith(f"error: {fake.endpoint}/ must be DynamoDB, whose responses have the")
