"""The values of a mapping template, with the operators and methods that they have in Java.

A JSON object is a dict and a JSON array is a list. An array of the template itself is a JavaList,
which prints differently. Null is None.

Source: Apache Velocity 1.7, in whose dialect API Gateway's mapping templates are written.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

Number = int | float
SHOWN_CHARACTERS = 60


class VelocityError(Exception):
    """A mapping template fails. API Gateway would fail too, or its behavior isn't known."""

    _where = ""

    def name(self, reference: str) -> None:
        """Add the innermost reference that fails."""
        self._where = self._where or f"{reference}: "

    def __str__(self) -> str:
        return self._where + super().__str__()


class InvalidBodyError(VelocityError):
    """A mapping template parses a body that begins like a JSON document and isn't one."""

    def __init__(self) -> None:
        super().__init__("the body isn't JSON")


class JavaList(list[Any]):
    """A list that the template makes, which prints as Java's lists do."""


def to_text(value: Any) -> str:  # noqa: PLR0911 (one for each type)
    """Return what a value prints: nothing for null."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, JavaList):
        return f"[{', '.join(map(_nested_text, value))}]"
    if isinstance(value, list):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{k}={_nested_text(v)}' for k, v in value.items())}}}"
    raise VelocityError(f"can't print {type(value).__name__}")


def _nested_text(value: Any) -> str:
    return "null" if value is None else to_text(value)


def _float_text(value: float) -> str:
    """Return a number as Java's Double.toString does."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:  # noqa: PLR2004 (Java's limits)
        return repr(value)
    shortest = next(f"{value:.{n}e}" for n in range(18) if float(f"{value:.{n}e}") == value)
    mantissa, _, power = shortest.partition("e")
    return f"{mantissa if '.' in mantissa else f'{mantissa}.0'}E{int(power)}"


def is_true(value: Any) -> bool:
    """Return whether a value counts as true: only the boolean false doesn't."""
    return value is not False


def equals(left: Any, right: Any) -> bool:
    """Return whether two values are equal: numbers as numbers, null and "", the rest as texts."""
    if type(left) is type(right):
        return bool(left == right)
    if _is_number(left) and _is_number(right):
        return bool(left == right)
    return to_text(left) == to_text(right)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _add(left: Any, right: Any) -> Any:
    if isinstance(left, str) or isinstance(right, str):
        if left is None or right is None:
            raise VelocityError("can't add null and a string")
        return to_text(left) + to_text(right)
    return _arithmetic(lambda a, b: a + b)(left, right)


def _arithmetic(compute: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Return an operator on numbers, which is null for anything else."""
    return lambda left, right: (
        compute(left, right) if _is_number(left) and _is_number(right) else None
    )


def _divide(left: Number, right: Number) -> Number | None:
    if right == 0:
        return None
    if isinstance(left, float) or isinstance(right, float):
        return left / right
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _remainder(left: Number, right: Number) -> Number | None:
    if right == 0:
        return None
    remainder = abs(left) % abs(right)
    return -remainder if left < 0 else remainder


def _comparison(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Return a comparison of numbers, which is false for anything else."""
    return lambda left, right: _is_number(left) and _is_number(right) and compare(left, right)


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": _add,
    "-": _arithmetic(lambda a, b: a - b),
    "*": _arithmetic(lambda a, b: a * b),
    "/": _arithmetic(_divide),
    "%": _arithmetic(_remainder),
    "<": _comparison(lambda a, b: a < b),
    "<=": _comparison(lambda a, b: a <= b),
    ">": _comparison(lambda a, b: a > b),
    ">=": _comparison(lambda a, b: a >= b),
    "==": equals,
    "!=": lambda left, right: not equals(left, right),
}
OPERATORS |= {
    name: OPERATORS[sign]
    for name, sign in {
        "lt": "<",
        "le": "<=",
        "gt": ">",
        "ge": ">=",
        "eq": "==",
        "ne": "!=",
    }.items()
}


TYPE_NAMES = {str: "string", list: "list", dict: "map", int: "number", float: "number"}


def type_name(value: Any) -> str:
    """Return the name of a value's type."""
    if isinstance(value, bool):
        return "boolean"
    return next((n for kind, n in TYPE_NAMES.items() if isinstance(value, kind)), "Java object")


def shortened(text: str) -> str:
    """Return a text for a message, of at most 60 characters."""
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 3]}..."
