"""Whatever happens, what the steps have made is removed."""

import os
import signal
from collections.abc import Callable
from functools import partial

import pytest

from atomic_counter.live.steps import Step, take
from atomic_counter.local import LocalError


def raising(error: BaseException) -> Callable[[], None]:
    def step() -> None:
        raise error

    return step


def silent(_: str) -> None:
    """Nobody listens."""


def outcomes(steps: list[Step]) -> dict[str, str]:
    return {step.name: step.outcome for step in steps}


def test_all_steps_are_taken_in_order_and_then_what_they_made_is_removed() -> None:
    done: list[str] = []
    steps = {"a": lambda: done.append("a"), "b": lambda: done.append("b")}
    taken = take(steps, lambda: done.append("remove"), silent)
    assert done == [step.name for step in taken] == ["a", "b", "remove"]
    assert {step.outcome for step in taken} == {"done"}


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (LocalError("cdk deploy ended with status 1"), "cdk deploy ended with status 1"),
        (ZeroDivisionError("a defect"), "ZeroDivisionError: a defect"),
        (KeyboardInterrupt(), "interrupted"),
    ],
)
@pytest.mark.parametrize("failing", ["a", "b"])
def test_after_a_failure_nothing_more_is_done_but_to_remove(
    error: BaseException, outcome: str, failing: str
) -> None:
    done: list[str] = []
    steps: dict[str, Callable[[], None]] = {n: partial(done.append, n) for n in ("a", "b", "c")}
    steps[failing] = raising(error)
    taken = outcomes(take(steps, lambda: done.append("remove"), silent))
    assert done == [*("a" if failing == "b" else ""), "remove"]
    assert taken[failing] == outcome
    assert (taken["c"], taken["remove"]) == ("not reached", "done")


def test_what_ends_the_program_does_not_keep_it_from_removing() -> None:
    done: list[str] = []
    with pytest.raises(SystemExit):
        take({"a": raising(SystemExit())}, lambda: done.append("remove"), silent)
    assert done == ["remove"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_removing_is_not_interrupted_and_says_so(number: signal.Signals) -> None:
    done: list[str] = []
    said: list[str] = []

    def remove() -> None:
        os.kill(os.getpid(), number)
        done.append("remove")

    before = signal.getsignal(number)
    take({}, remove, said.append)
    assert done == ["remove"]
    assert any("is not interrupted" in line for line in said)
    assert signal.getsignal(number) is before


def test_a_removal_that_fails_is_told() -> None:
    taken = take({}, raising(LocalError("left is a table")), silent)
    assert outcomes(taken) == {"remove": "left is a table"}
