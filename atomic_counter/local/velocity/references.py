"""The references of a mapping template, such as `$input.path('$.a').b`, as functions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from atomic_counter.local.velocity.methods import call
from atomic_counter.local.velocity.values import VelocityError, type_name

Scope = dict[str, Any]
Compute = Callable[[Scope], Any]
Write = Callable[[Scope, list[str]], None]
# What other methods of Java's lists would return.
JAVA_LIST_MEMBERS = ("class", "first", "last")


class Constant:
    """The function of a value that is known when the template is loaded."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __call__(self, _: Scope) -> Any:
        """Return the value."""
        return self.value


@dataclass(frozen=True)
class ReferenceStep:
    """A step of a reference: a member, a call or an index.

    Attributes:
        name: The name of the member or method. None: an index.
        arguments: The arguments of the call, or the index. None: a member.
    """

    name: str | None
    arguments: Sequence[Compute] | None = None


@dataclass(frozen=True)
class Reference:
    """A reference such as `$input.path('$.a').b`: its root, its steps and its text."""

    root: str
    steps: Sequence[ReferenceStep]
    text: str


class Defined:
    """The block of a `#define`, which is rendered wherever it is referenced."""

    def __init__(self, write: Write) -> None:
        self._write = write

    def text(self, scope: Scope) -> str:
        """Return the rendered block."""
        out: list[str] = []
        self._write(scope, out)
        return "".join(out)


def named(compute: Compute, reference: Reference) -> Compute:
    """Return a function whose errors contain the text of the reference."""

    def run(scope: Scope) -> Any:
        try:
            return compute(scope)
        except VelocityError as error:
            error.name(reference.text)
            raise

    return run


def variable_of(name: str) -> Compute:
    """Return the function of a variable. Printing the block of a `#define` renders it."""

    def compute(scope: Scope) -> Any:
        value = scope.get(name)
        return value.text(scope) if isinstance(value, Defined) else value

    return compute


def follow(compute: Compute, steps: Sequence[ReferenceStep]) -> Compute:
    """Return the function of a reference: its root, and then its steps."""
    for step in steps:
        compute = _next(compute, step)
    return compute


def _next(before: Compute, step: ReferenceStep) -> Compute:
    name, arguments = step.name, step.arguments
    if name is None:
        assert arguments
        (index,) = arguments
        return lambda scope: _at(before(scope), index(scope))
    if arguments is None:
        return lambda scope: member(before(scope), name)
    if len(arguments) == 1:
        (argument,) = arguments
        return lambda scope: call(before(scope), name, [argument(scope)])
    return lambda scope: call(before(scope), name, [each(scope) for each in arguments])


def member(value: Any, name: str) -> Any:
    """Return an entry of a map. A member of null is null.

    Java's lists have few members, and `empty` alone is from a method that is supported.
    """
    if isinstance(value, dict):
        return value.get(name)
    if value is None:
        return None
    if isinstance(value, list) and name not in JAVA_LIST_MEMBERS:
        return not value if name == "empty" else None
    raise VelocityError(f"{name} of a {type_name(value)} isn't supported")


def _at(value: Any, index: Any) -> Any:
    """Return an entry of a map or an element of a list, from its end if the index is below 0."""
    if isinstance(value, dict):
        return value.get(index)
    if isinstance(value, list) and isinstance(index, int):
        return call(value, "get", [index + len(value) if index < 0 else index])
    return None
