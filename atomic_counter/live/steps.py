"""Steps that are taken in order, and the one that is always taken in the end."""

import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from atomic_counter.local import LocalError

DONE = "done"


@dataclass(frozen=True)
class Step:
    """What was done, what came of it, and how many seconds it took."""

    name: str
    outcome: str
    seconds: float = 0


def take(
    steps: Mapping[str, Callable[[], None]], remove: Callable[[], None], say: Callable[[str], None]
) -> list[Step]:
    """Take the steps until one fails or is interrupted, and then remove what they have made.

    Args:
        steps: By name, in order; one fails by an exception.
        remove: Called once, whatever happens; meanwhile, interrupting does nothing.
        say: Told what is being done.
    """
    taken: list[Step] = []
    try:
        for name, action in steps.items():
            is_reached = all(step.outcome == DONE for step in taken)
            taken.append(_take(name, action, say) if is_reached else Step(name, "not reached"))
    finally:
        with _uninterrupted(say):
            taken.append(_take("remove", remove, say))
    return taken


def _take(name: str, action: Callable[[], None], say: Callable[[str], None]) -> Step:
    say(f"{name} ...")
    started = time.monotonic()
    try:
        action()
        outcome = DONE
    except KeyboardInterrupt:
        outcome = "interrupted"
    except LocalError as error:
        outcome = str(error)
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        outcome = f"{type(error).__name__}: {error}"
    seconds = time.monotonic() - started
    say(f"{name}: {outcome}, {seconds:.0f} s")
    return Step(name, outcome, seconds)


@contextmanager
def _uninterrupted(say: Callable[[str], None]) -> Iterator[None]:
    def tell(_number: int, _frame: FrameType | None) -> None:
        say("removing what was deployed; this takes a minute and is not interrupted")

    before = {number: signal.signal(number, tell) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def interrupt_on_termination() -> None:
    """Let a termination signal do what Ctrl-C does."""
    signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
