"""Compiles the expressions of a mapping template: operators, literals and references."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from airspeed import operators as parsed

from atomic_counter.local.velocity.methods import METHODS
from atomic_counter.local.velocity.references import (
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
from atomic_counter.local.velocity.values import (
    OPERATORS,
    JavaList,
    VelocityError,
    is_true,
    shortened,
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


class Problems(list[Problem]):
    """What isn't supported in one template, each problem once."""

    _first_line = 1

    def refuse(self, element: parsed._Element, text: str) -> None:
        """Add a problem with an element."""
        problem = Problem(self._line(element), text)
        if problem not in self:
            self.append(problem)

    def unsupported(self, element: parsed._Element, hint: str = "") -> None:
        """Add that an element isn't supported."""
        text = shortened(" ".join(element.my_text().split()))
        self.refuse(element, f"{text} isn't supported{hint}")

    @contextmanager
    def within(self, element: parsed._Element) -> Iterator[None]:
        """Count lines from an element, whose own text is parsed in the block."""
        first_line = self._first_line
        self._first_line = self._line(element)
        yield
        self._first_line = first_line

    def _line(self, element: parsed._Element) -> int:
        before = str(element.full_text())[: element.start]
        return self._first_line + before.count("\n")


class ExpressionCompiler:
    """Compiles the expressions of one template.

    Args:
        problems: Gets what isn't supported.
        compile_root: Returns the function of a reference whose root is built in, None for any
            other root, or the reason why the reference isn't supported.
        compile_element: Compiles an element of a string in double quotes.
    """

    def __init__(
        self,
        problems: Problems,
        compile_root: Callable[[Reference], Compute | str | None],
        compile_element: Callable[[parsed._Element], Write],
    ) -> None:
        self._problems = problems
        self._compile_root = compile_root
        self._compile_element = compile_element

    def expression(self, element: Any) -> Compute:  # noqa: PLR0911 (one for each kind)
        """Compile an expression."""
        match element:
            case parsed.Condition(expression=inner) | parsed.Value(expression=inner):
                return self.expression(inner)
            case parsed.ParenthesizedExpression():
                return self.expression(element.calculate.__self__)
            case parsed.Expression(expression=[only]):
                return self.expression(only)
            case parsed.Expression(expression=[first, *rest]):
                return self._operations(self.expression(first), list(rest), 0)
            case parsed.UnaryOperatorValue(value=value):
                return _not(self.expression(value))
            case parsed.FormalReference(expression=parsed.VariableExpression()):
                return self.reference(element)
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
        self._problems.unsupported(element)
        return Constant(None)

    def _operations(self, left: Compute, rest: list[Any], lowest: int) -> Compute:
        """Combine operands and operators whose precedence is at least `lowest`."""
        while rest and (level := PRECEDENCE[rest[0].my_text().strip()]) >= lowest:
            operator = rest.pop(0).my_text().strip()
            right = self.expression(rest.pop(0))
            while rest and PRECEDENCE[rest[0].my_text().strip()] > level:
                right = self._operations(right, rest, level + 1)
            left = _combine(operator, left, right)
        return left

    def _interpolated(self, element: Any) -> Compute:
        text, block = element.value, element.block
        if '\\"' in element.my_text():
            self._problems.unsupported(element, r': API Gateway fails at \" in a string; write ""')
        if block.end != len(text):
            self._problems.unsupported(element)
        with self._problems.within(element):
            writers = [self._compile_element(child) for child in block.children]
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
            first, last = map(self.expression, (element.values.value1, element.values.value2))
            return lambda scope: _range(first(scope), last(scope))
        values = [self.expression(value) for value in getattr(element.values, "values", [])]
        return lambda scope: JavaList(value(scope) for value in values)

    def _map(self, data: dict[Any, Any]) -> Compute:
        entries = [(self.expression(key), self.expression(data[key])) for key in data]
        return lambda scope: {key(scope): value(scope) for key, value in entries}

    def reference(self, element: Any) -> Compute:
        """Compile a reference."""
        if element.alternate is not None:
            self._problems.unsupported(element)
        variable = element.expression
        reference = Reference(
            variable.part.name, list(self._steps(variable)), " ".join(element.my_text().split())
        )
        compute = self._compile_root(reference)
        if isinstance(compute, str):
            self._problems.refuse(element, compute)
            return Constant(None)
        own = reference.steps if compute is None else reference.steps[1:]
        calls = [step.name for step in own if step.name and step.arguments is not None]
        for name in calls:
            if name not in METHOD_NAMES or (compute is None and name == reference.root):
                self._problems.refuse(element, f"{name}() in {reference.text} isn't supported")
        return named(compute or follow(variable_of(reference.root), reference.steps), reference)

    def _steps(self, variable: Any) -> Iterator[ReferenceStep]:
        """Return the steps after the root, and the root's own call or index."""
        yield from self._own_steps(variable.part, is_root=True)
        after = variable.subexpression
        while after is not None:
            inner = after.expression
            if isinstance(inner, parsed.ArrayIndex):
                yield ReferenceStep(None, [self.expression(inner.index)])
                after = after.subexpression
            else:
                yield from self._own_steps(inner.part)
                after = inner.subexpression

    def _own_steps(self, part: Any, *, is_root: bool = False) -> Iterator[ReferenceStep]:
        if part.parameters is not None:
            values = getattr(part.parameters.values, "values", [])
            arguments = [self.expression(value) for value in values]
            yield ReferenceStep(part.name, arguments)
        elif not is_root:
            yield ReferenceStep(part.name)
        if part.index is not None:
            yield ReferenceStep(None, [self.expression(part.index.index)])


def _range(first: Any, last: Any) -> JavaList:
    if not (isinstance(first, int) and isinstance(last, int)):
        raise VelocityError("a range needs two whole numbers")
    return JavaList(range(first, last + 1) if first <= last else range(first, last - 1, -1))


def _combine(operator: str, left: Compute, right: Compute) -> Compute:
    if operator in ("&&", "and"):
        return lambda scope: is_true(left(scope)) and is_true(right(scope))
    if operator in ("||", "or"):
        return lambda scope: is_true(left(scope)) or is_true(right(scope))
    apply = OPERATORS[operator]
    return lambda scope: apply(left(scope), right(scope))


def _not(compute: Compute) -> Compute:
    return lambda scope: not is_true(compute(scope))
