"""The engine keeps running, and dynalite lacks what `engine.cjs` adds."""

import asyncio
import socket
import subprocess
from io import BytesIO
from pathlib import Path

import psutil
import pytest

from atomic_counter.local.dynamodb import DynamoDB, EngineError, engine
from atomic_counter.tooling import node
from atomic_counter.tooling.paths import CHECKOUT


def test_dynalite_ignores_return_values_on_condition_check_failure() -> None:
    """A failure means that `engine.cjs` can drop this addition."""
    node.install_packages()
    known = "Object.keys(require('dynalite/validations/updateItem').types).join()"
    output = subprocess.check_output(
        [node.executable(), "-p", known], cwd=CHECKOUT, text=True
    ).split(",")
    assert "ReturnValues" in output
    assert "ReturnValuesOnConditionCheckFailure" not in output


NODE_SETTINGS = {
    "a color": {"FORCE_COLOR": "1"},
    "two colors": {"FORCE_COLOR": "1", "NO_COLOR": "1"},
    "debugging": {"NODE_DEBUG": "http,net", "DEBUG": "*"},
    "an unknown option": {"NODE_OPTIONS": "--bogus"},
    "a debugger": {"NODE_OPTIONS": "--inspect=127.0.0.1:1"},
    "a missing module": {"NODE_OPTIONS": "--require=/none.cjs"},
}


@pytest.mark.parametrize("settings", NODE_SETTINGS.values(), ids=NODE_SETTINGS.keys())
def test_engine_does_not_depend_on_settings_of_node_js(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    async def run() -> int:
        async with (
            engine.dynalite(node.executable(), tmp_path) as endpoint,
            DynamoDB(endpoint) as dynamodb,
        ):
            return (await dynamodb.call("ListTables", "{}")).status

    assert asyncio.run(run()) == 200


FAILING_SCRIPTS = {
    "throw new TypeError('it is broken')": "TypeError: it is broken",
    "const = 1": "SyntaxError: Unexpected token '='",
    "require('no-such-module')": "Error: Cannot find module 'no-such-module'",
    "require('fs').readFileSync('/none')": (
        "Error: ENOENT: no such file or directory, open '/none'"
    ),
    "console.error('one\\ntwo'); process.exit(1)": "one",
    "process.exit(1)": "it printed no reason",
}


@pytest.mark.parametrize(("script", "reason"), FAILING_SCRIPTS.items())
def test_engine_that_does_not_start_says_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    failing = tmp_path / "failing.cjs"
    failing.write_text(script)
    monkeypatch.setattr(engine, "SCRIPT", failing)

    async def run() -> None:
        async with engine.dynalite(node.executable(), tmp_path):
            pass

    with pytest.raises(EngineError) as error:
        asyncio.run(run())
    assert str(error.value) == f"the engine didn't start: {reason}"


class FakeProcess:
    """A process whose output the test feeds."""

    def __init__(self) -> None:
        self.stdout = asyncio.StreamReader()


def test_cancellation_at_the_moment_of_the_start_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        process = FakeProcess()

        async def start_process(*_: object, **__: object) -> FakeProcess:
            return process

        monkeypatch.setattr(asyncio, "create_subprocess_exec", start_process)
        with engine._Engine(node.executable(), tmp_path, BytesIO()) as starting:
            start = asyncio.create_task(starting.start())
            await asyncio.sleep(0.01)
            process.stdout.feed_data(b"1\n")
            start.cancel()
            with pytest.raises(asyncio.CancelledError):
                await start

    asyncio.run(run())


def test_restart_says_why_the_engine_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failing = tmp_path / "failing.cjs"
    failing.write_text("console.log(1); process.on('exit', () => console.error('Error: no'))")
    monkeypatch.setattr(engine, "SCRIPT", failing)

    async def run() -> None:
        async with engine.dynalite(node.executable(), tmp_path):
            while not caplog.messages:
                await asyncio.sleep(0.01)

    asyncio.run(run())
    assert caplog.messages[0] == "the engine ended with status 0 and is restarted: Error: no"


@pytest.mark.parametrize("action", ["GetItem", "TransactWriteItems"])
def test_request_that_ends_in_its_body_does_not_end_the_engine(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, action: str
) -> None:
    target = f"X-Amz-Target: DynamoDB_20120810.{action}"
    cut = f"POST / HTTP/1.1\r\nHost: engine\r\n{target}\r\nContent-Length: 7\r\n\r\n{{}}"

    async def run() -> int:
        async with engine.dynalite(node.executable(), tmp_path) as endpoint:
            with socket.create_connection(("127.0.0.1", int(endpoint.rpartition(":")[2]))) as sent:
                sent.sendall(cut.encode())
            async with DynamoDB(endpoint) as dynamodb:
                return (await dynamodb.call("ListTables", "{}")).status

    assert (asyncio.run(run()), caplog.messages) == (200, [])


def test_engine_is_restarted_on_its_own_port_after_failed_restarts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "RETRY_SECONDS", 0.01)
    start, failures = engine._Engine.start, [OSError("too many open files"), EngineError("no")]

    async def fail_twice(this: engine._Engine) -> None:
        if this.port and failures:
            raise failures.pop()
        await start(this)

    monkeypatch.setattr(engine._Engine, "start", fail_twice)

    async def run() -> int:
        async with engine.dynalite(node.executable(), tmp_path) as endpoint:
            before = {child.pid for child in psutil.Process().children()}
            (process,) = (
                child for child in psutil.Process().children() if str(tmp_path) in child.cmdline()
            )
            process.kill()
            with pytest.raises(OSError, match="already in use"):
                socket.create_server(("127.0.0.1", int(endpoint.rpartition(":")[2])))
            while {child.pid for child in psutil.Process().children()} <= before:
                await asyncio.sleep(0.01)
            async with DynamoDB(endpoint) as dynamodb:
                return (await dynamodb.call("ListTables", "{}")).status

    assert asyncio.run(run()) == 200
    assert failures == []
