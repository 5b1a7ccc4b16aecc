"""What the commands of the audit have in common."""

from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import TypeVar

N = TypeVar("N", int, float)


def positive(kind: type[N]) -> Callable[[str], N]:
    """Reads a number above 0, for `argparse`."""

    def read(text: str) -> N:
        try:
            number = kind(text)
        except ValueError:
            number = kind(0)
        if not 0 < number < float("inf"):
            raise ArgumentTypeError(f"a number above 0 is needed, not {text}")
        return number

    return read
