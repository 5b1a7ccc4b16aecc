"""The mapping template language: that of Apache Velocity 1.7, as airspeed-ext renders it."""

import secrets
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from airspeed import operators

from atomic_counter.local import LocalError

# A reference whose value equals this constant is printed as its own source text. Callers
# choose values, so the constant must be one that no caller can know.
operators.REPLACE_FORMAL_TEXT = secrets.token_hex()

UNSUPPORTED_DIRECTIVES = (
    operators.EvaluateDirective,
    operators.IncludeDirective,
    operators.MacroCall,
    operators.MacroDefinition,
    operators.ParseDirective,
)


class Template:
    """A compiled mapping template.

    Raises:
        LocalError: On construction, if the template has a syntax error or something that is not
            supported; on rendering, if a reference fails.
    """

    def __init__(self, source: str) -> None:
        self._template = operators.Template(source)
        try:
            self._template.ensure_compiled()
        except operators.TemplateError as error:
            raise LocalError(f"mapping template: {error}") from None
        block = self._template.root_element.block
        for element in _elements(block):
            _check(element)
            if isinstance(element, operators.Condition):
                element.calculate = partial(_holds, element.expression)
        self._constants = _take_constants(block)

    def render(self, references: Mapping[str, Any]) -> str:
        try:
            return str(self._template.merge({**self._constants, **references}))
        except operators.TemplateError as error:
            raise LocalError(f"mapping template: {error}") from error


MEMBERS = {
    "input": {"body", "json", "params", "path"},
    "util": {
        "base64Decode",
        "base64Encode",
        "escapeJavaScript",
        "parseJson",
        "urlDecode",
        "urlEncode",
    },
}


def _elements(element: object) -> Iterator[operators._Element]:
    if isinstance(element, operators._Element):
        yield element
        parts = list(vars(element).values())
        if isinstance(element, operators.ParenthesizedExpression):
            parts.append(element.calculate.__self__)
        element = parts
    if isinstance(element, dict):
        element = [*element.keys(), *element.values()]
    if isinstance(element, list | tuple):
        for part in element:
            yield from _elements(part)


def _check(element: operators._Element) -> None:
    match element:
        case operators.Text(text=text) | operators.FallthroughHashText(text=text):
            supported = not set("$#") & set(text)
        case operators.FormalReference(expression=None):
            supported = False
        case operators.VariableExpression(
            part=operators.NameOrCall(name="util" | "input" as root),
            subexpression=operators.SubExpression(
                expression=operators.VariableExpression(part=operators.NameOrCall(name=member))
            ),
        ):
            supported = member in MEMBERS[root]
        case _:
            supported = not isinstance(element, UNSUPPORTED_DIRECTIVES)
    if not supported:
        raise LocalError(f"mapping template: {element.my_text()!r} is not supported")


def _holds(condition: Any, *scope: Any) -> bool:
    """API Gateway's truth: all but the boolean false, undefined and empty values included."""
    return condition.calculate(*scope) is not False


def _take_constants(block: operators.Block) -> dict[str, Any]:
    """Take the comments and the leading `#set`s of constants out of a template; their values."""
    constants = operators.LocalNamespace({})
    block.children = [c for c in block.children if not isinstance(c, operators.Comment)]
    while block.children and _is_constant(block.children[0]):
        block.children.pop(0).evaluate(operators.StoppableStream(), constants, None)
    return dict(constants)


def _is_constant(element: operators._Element) -> bool:
    return (
        isinstance(element, operators.SetDirective)
        and not element.assignment.terms
        and not any(isinstance(part, operators.FormalReference) for part in _elements(element))
    )
