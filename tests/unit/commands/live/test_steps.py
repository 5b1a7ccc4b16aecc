"""Whatever happens, what the steps have created is deleted."""

import os
import signal
from collections.abc import Callable
from functools import partial

import pytest

from atomic_counter.commands.live.steps import Step, run_steps
from atomic_counter.tooling.errors import CommandError


def raising(error: BaseException) -> Callable[[], None]:
    def step() -> None:
        raise error

    return step


def silent(_: str) -> None:
    """Print nothing."""


def outcomes(steps: list[Step]) -> dict[str, str]:
    return {step.name: step.outcome for step in steps}


def test_steps_run_in_order_and_then_the_deletion() -> None:
    done: list[str] = []
    steps = {"a": lambda: done.append("a"), "b": lambda: done.append("b")}
    results = run_steps(steps, lambda: done.append("delete"), silent)
    assert done == [step.name for step in results] == ["a", "b", "delete"]
    assert {step.outcome for step in results} == {"done"}


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (CommandError("cdk deploy ended with status 1"), "cdk deploy ended with status 1"),
        (ZeroDivisionError("a defect"), "ZeroDivisionError: a defect"),
        (KeyboardInterrupt(), "interrupted"),
    ],
)
@pytest.mark.parametrize("failing", ["a", "b"])
def test_only_the_deletion_runs_after_a_failure(
    error: BaseException, outcome: str, failing: str
) -> None:
    done: list[str] = []
    steps: dict[str, Callable[[], None]] = {n: partial(done.append, n) for n in ("a", "b", "c")}
    steps[failing] = raising(error)
    results = outcomes(run_steps(steps, lambda: done.append("delete"), silent))
    assert done == [*("a" if failing == "b" else ""), "delete"]
    assert results[failing] == outcome
    assert (results["c"], results["delete"]) == ("not reached", "done")


def test_deletion_runs_even_if_the_program_exits() -> None:
    done: list[str] = []
    with pytest.raises(SystemExit):
        run_steps({"a": raising(SystemExit())}, lambda: done.append("delete"), silent)
    assert done == ["delete"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_deletion_ignores_interrupts_and_says_so(number: signal.Signals) -> None:
    done: list[str] = []
    output: list[str] = []

    def delete() -> None:
        os.kill(os.getpid(), number)
        done.append("delete")

    before = signal.getsignal(number)
    run_steps({}, delete, output.append)
    assert done == ["delete"]
    assert any("can't be interrupted" in line for line in output)
    assert signal.getsignal(number) is before


def test_failed_deletion_is_reported() -> None:
    results = run_steps({}, raising(CommandError("still there: a table")), silent)
    assert outcomes(results) == {"delete": "still there: a table"}
