"""Compiles the expressions of a mapping template: operators, literals and references."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from airspeed import operators as parsed

from atomic_counter.local.template import java
from atomic_counter.local.template.java import JavaList, VelocityError, is_true
from atomic_counter.local.template.java_methods import METHODS
from atomic_counter.local.template.references import (
    Compute,
    Constant,
    Reference,
    ReferenceStep,
    Scope,
    Write,
    follow,
    named,
    variable_of,
)

METHOD_NAMES = frozenset[str]().union(*METHODS.values())
# The precedence of Velocity's grammar. Operators of one line are from left to right.
PRECEDENCE = {
    operator: level
    for level, operators in enumerate(
        (
            ("||", "or"),
            ("&&", "and"),
            ("==", "!=", "eq", "ne"),
            ("<", "<=", ">", ">=", "lt", "le", "gt", "ge"),
            ("+", "-"),
            ("*", "/", "%"),
        )
    )
    for operator in operators
}


@dataclass(frozen=True)
class Problem:
    """What isn't supported in a mapping template, and where."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}"


class ExpressionCompiler(ABC):
    """Compiles the expressions of one template.

    Args:
        compile_root: Returns the function of a reference whose root is built in, None for any
            other root, or the reason why the reference isn't supported.
        check_target: Returns why a root can't be set at these members, or None. A member is None if
            its name is computed.

    Attributes:
        problems: What isn't supported.
    """

    def __init__(
        self,
        compile_root: Callable[[Reference], Compute | str | None],
        check_target: Callable[[str, Sequence[str | None]], str | None],
    ) -> None:
        self.problems: list[Problem] = []
        self._compile_root = compile_root
        self._check_target = check_target
        self._first_line = 1

    def _refuse(self, element: parsed._Element, text: str) -> None:
        line = self._first_line + element.full_text()[: element.start].count("\n")
        problem = Problem(line, text)
        if problem not in self.problems:
            self.problems.append(problem)

    def _unsupported(self, element: parsed._Element, hint: str = "") -> None:
        text = " ".join(element.my_text().split())
        shown = text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 (a line's part)
        self._refuse(element, f"{shown} isn't supported{hint}")

    @abstractmethod
    def _writer(self, element: parsed._Element) -> Write:
        """Compile an element of a block, of which a string in double quotes consists."""

    def _expression(self, element: Any) -> Compute:  # noqa: PLR0911 (one for each kind)
        match element:
            case parsed.Condition(expression=inner) | parsed.Value(expression=inner):
                return self._expression(inner)
            case parsed.ParenthesizedExpression():
                return self._expression(element.calculate.__self__)
            case parsed.Expression(expression=[only]):
                return self._expression(only)
            case parsed.Expression(expression=[first, *rest]):
                return self._operations(self._expression(first), list(rest), 0)
            case parsed.UnaryOperatorValue(value=value):
                return _not(self._expression(value))
            case parsed.FormalReference(expression=parsed.VariableExpression()):
                return self._reference(element)
            case parsed.InterpolatedStringLiteral():
                return self._interpolated(element)
            case parsed.StringLiteral() | parsed.IntegerLiteral() | parsed.FloatingPointLiteral():
                return Constant(element.value)
            case parsed.BooleanLiteral() if element.my_text() in ("true", "false"):
                return Constant(element.value)
            case parsed.ArrayLiteral():
                return self._list(element)
            case parsed.DictionaryLiteral(local_data=data):
                return self._map(data)
        self._unsupported(element)
        return Constant(None)

    def _operations(self, left: Compute, rest: list[Any], lowest: int) -> Compute:
        """Combine operands and operators whose precedence is at least `lowest`."""
        while rest and (level := PRECEDENCE[rest[0].my_text().strip()]) >= lowest:
            operator = rest.pop(0).my_text().strip()
            right = self._expression(rest.pop(0))
            while rest and PRECEDENCE[rest[0].my_text().strip()] > level:
                right = self._operations(right, rest, level + 1)
            left = _combine(operator, left, right)
        return left

    def _interpolated(self, element: Any) -> Compute:
        text, block = element.value, element.block
        if '\\"' in element.my_text():
            self._unsupported(element, r': API Gateway fails at \" in a string; write ""')
        if block.end != len(text):
            self._unsupported(element)
        line, self._first_line = (
            self._first_line,
            self._first_line + element.full_text()[: element.start].count("\n"),
        )
        writers = [self._writer(child) for child in block.children]
        self._first_line = line
        if all(isinstance(child, parsed.Text) for child in block.children):
            return Constant("".join(child.my_text() for child in block.children))

        def compute(scope: Scope) -> str:
            out: list[str] = []
            for writer in writers:
                writer(scope, out)
            return "".join(out)

        return compute

    def _list(self, element: Any) -> Compute:
        if isinstance(element.values, parsed.Range):
            first, last = map(self._expression, (element.values.value1, element.values.value2))
            return lambda scope: _range(first(scope), last(scope))
        values = [self._expression(value) for value in getattr(element.values, "values", [])]
        return lambda scope: JavaList(value(scope) for value in values)

    def _map(self, data: dict[Any, Any]) -> Compute:
        entries = [(self._expression(key), self._expression(data[key])) for key in data]
        return lambda scope: {key(scope): value(scope) for key, value in entries}

    def _reference(self, element: Any) -> Compute:
        if element.alternate is not None:
            self._unsupported(element)
        variable = element.expression
        reference = Reference(
            variable.part.name, list(self._steps(variable)), " ".join(element.my_text().split())
        )
        compute = self._compile_root(reference)
        if isinstance(compute, str):
            self._refuse(element, compute)
            return Constant(None)
        own = reference.steps if compute is None else reference.steps[1:]
        calls = [step.name for step in own if step.name and step.arguments is not None]
        for name in calls:
            if name not in METHOD_NAMES or (compute is None and name == reference.root):
                self._refuse(element, f"{name}() in {reference.text} isn't supported")
        return named(compute or follow(variable_of(reference.root), reference.steps), reference)

    def _steps(self, variable: Any) -> Iterator[ReferenceStep]:
        """Return the steps after the root, and the root's own call or index."""
        yield from self._own_steps(variable.part, is_root=True)
        after = variable.subexpression
        while after is not None:
            inner = after.expression
            if isinstance(inner, parsed.ArrayIndex):
                yield ReferenceStep(None, [self._expression(inner.index)])
                after = after.subexpression
            else:
                yield from self._own_steps(inner.part)
                after = inner.subexpression

    def _own_steps(self, part: Any, *, is_root: bool = False) -> Iterator[ReferenceStep]:
        if part.parameters is not None:
            values = getattr(part.parameters.values, "values", [])
            arguments = [self._expression(value) for value in values]
            yield ReferenceStep(part.name, arguments)
        elif not is_root:
            yield ReferenceStep(part.name)
        if part.index is not None:
            yield ReferenceStep(None, [self._expression(part.index.index)])


def _range(first: Any, last: Any) -> JavaList:
    if not (isinstance(first, int) and isinstance(last, int)):
        raise VelocityError("a range needs two whole numbers")
    return JavaList(range(first, last + 1) if first <= last else range(first, last - 1, -1))


def _combine(operator: str, left: Compute, right: Compute) -> Compute:
    if operator in ("&&", "and"):
        return lambda scope: is_true(left(scope)) and is_true(right(scope))
    if operator in ("||", "or"):
        return lambda scope: is_true(left(scope)) or is_true(right(scope))
    apply = java.OPERATORS[operator]
    return lambda scope: apply(left(scope), right(scope))


def _not(compute: Compute) -> Compute:
    return lambda scope: not is_true(compute(scope))
