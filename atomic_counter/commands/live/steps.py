"""Steps that run in order, and a cleanup that always runs."""

import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from atomic_counter.tooling.errors import CommandError

DONE = "done"
INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class Step:
    """The name, the outcome and the seconds of a step."""

    name: str
    outcome: str
    seconds: float = 0


def run_steps(
    steps: Mapping[str, Callable[[], None]],
    delete: Callable[[], None],
    log: Callable[[str], None],
) -> list[Step]:
    """Run the steps until one raises an exception, and then delete what they have created.

    `delete` is always called once, as a step of that name. Interrupts are ignored meanwhile.
    """
    results: list[Step] = []
    try:
        for name, action in steps.items():
            is_reached = all(step.outcome == DONE for step in results)
            results.append(_run(name, action, log) if is_reached else Step(name, "not reached"))
    finally:
        with _uninterrupted(log):
            results.append(_run("delete", delete, log))
    return results


def _run(name: str, action: Callable[[], None], log: Callable[[str], None]) -> Step:
    log(f"{name} ...")
    started = time.monotonic()
    try:
        action()
        outcome = DONE
    except KeyboardInterrupt:
        outcome = INTERRUPTED
    except CommandError as error:
        outcome = error.message
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        outcome = f"{type(error).__name__}: {error}"
    seconds = time.monotonic() - started
    log(f"{name}: {outcome}, {seconds:.0f} s")
    return Step(name, outcome, seconds)


@contextmanager
def _uninterrupted(log: Callable[[str], None]) -> Iterator[None]:
    def explain(_number: int, _frame: FrameType | None) -> None:
        log("the stack is being deleted, which takes a minute and can't be interrupted")

    before = {number: signal.signal(number, explain) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
