"""The programs run as a user would run them, and end with this process."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from atomic_counter.commands.live.programs import CDK_CLI, Cdk, Promise, run_program, run_tests
from atomic_counter.tooling import node
from atomic_counter.tooling.errors import CommandError
from tests.unit.commands.live.fakes import FakeAws, FakePrograms

ENVIRONMENT = {"AWS_REGION": "eu-west-1"}


@pytest.fixture
def programs() -> FakePrograms:
    return FakePrograms(FakeAws(), "http://127.0.0.1/prod/counter")


def test_cli_deploys_and_destroys_the_stack_of_the_assembly(tmp_path: Path) -> None:
    ran: list[list[str]] = []

    def record(command: object, _: object) -> int:
        ran.append(list(command))  # type: ignore[call-overload]
        return 0

    cdk = Cdk(tmp_path, "Trial", ENVIRONMENT, record)
    cdk.deploy()
    cdk.destroy()
    program, end = [str(node.executable()), str(CDK_CLI)], [f"--app={tmp_path}", "--no-notices"]
    assert ran == [
        [*program, "deploy", "Trial", "--require-approval=never", *end],
        [*program, "destroy", "Trial", "--force", *end],
    ]


def test_failure_of_the_cli_is_reported(programs: FakePrograms, tmp_path: Path) -> None:
    programs.ends["deploy"] = 1
    with pytest.raises(CommandError, match=r"^cdk deploy ended with status 1$"):
        Cdk(tmp_path, "Trial", ENVIRONMENT, programs).deploy()


def test_promise_is_one_test_with_all_its_inputs(programs: FakePrograms, tmp_path: Path) -> None:
    programs.more = '<testcase name="test_no[1]"><failure message="got&#10; 2"/></testcase>'
    assert run_tests("Trial", [], tmp_path / "tests.xml", ENVIRONMENT, programs) == [
        Promise("it counts", 2, [], []),
        Promise("it is signed", 0, [], ["test_it_is_signed: deployed without"]),
        Promise("no", 0, ["test_no[1]: got 2"], []),
    ]


def test_fact_that_nobody_has_recorded_is_marked(programs: FakePrograms, tmp_path: Path) -> None:
    programs.more = '<testcase classname="tests.contract.test_aws_facts" name="test_new"/>'
    *_, fact = run_tests("Trial", [], tmp_path / "tests.xml", ENVIRONMENT, programs)
    assert (fact.text, fact.is_fact) == ("new", True)


def test_tests_that_cannot_run_have_no_results(programs: FakePrograms, tmp_path: Path) -> None:
    programs.ends["pytest"] = 4
    (tmp_path / "tests.xml").write_text("of another run")
    with pytest.raises(CommandError, match="pytest ended with status 4, without results"):
        run_tests("Trial", [], tmp_path / "tests.xml", ENVIRONMENT, programs)


def test_program_runs_in_the_checkout_with_the_environment_and_returns_its_status() -> None:
    check = "import os, sys; sys.exit(os.environ['A'] == 'b' and os.path.exists('app.py') and 7)"
    assert run_program([sys.executable, "-c", check], {"A": "b"}) == 7


def test_interrupt_of_the_wait_ends_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    wait, interrupted = subprocess.Popen.wait, []

    def interrupt_once(process: subprocess.Popen[str], timeout: float | None = None) -> int:
        if process not in interrupted:
            interrupted.append(process)
            raise KeyboardInterrupt
        return wait(process, timeout)

    monkeypatch.setattr(subprocess.Popen, "wait", interrupt_once)
    with pytest.raises(KeyboardInterrupt):
        run_program([sys.executable, "-c", "import time; time.sleep(60)"], {})
    (process,) = interrupted
    assert process.returncode == -signal.SIGTERM
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)
