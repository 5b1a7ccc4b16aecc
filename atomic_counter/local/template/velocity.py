"""The mapping template language: that of Apache Velocity 1.7, as airspeed-ext renders it."""

import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from airspeed import operators

from atomic_counter.local import LocalError

# A reference whose value equals this constant is printed as its own source text. Callers
# choose values, so the constant must be one that no caller can know.
operators.REPLACE_FORMAL_TEXT = secrets.token_hex()

# A comment `#* ... *#` leaves the line break after it; the library's takes it along.
operators.Comment.COMMENT = re.compile(r"#(?:#.*?(?:\n|$)|\*.*?\*#)(.*)$", re.M | re.S)

# Of the methods of Java's values those that the library has. By itself it would also call Python's,
# and print nothing for all others.
METHODS: dict[type, dict[str, Callable[..., Any]]] = {
    **operators.__additional_methods__,
    dict: {**operators.__additional_methods__[dict], "get": dict.get},
    int: {},
    float: {},
}

UNSUPPORTED_DIRECTIVES = (
    operators.EvaluateDirective,
    operators.IncludeDirective,
    operators.MacroCall,
    operators.MacroDefinition,
    operators.ParseDirective,
)

# What may be another value at the next rendering: a list or a map can be added to.
CHANGING = (operators.FormalReference, operators.ArrayLiteral, operators.DictionaryLiteral)


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
            match element:
                case operators.Condition():
                    element.calculate = partial(_holds, element.expression)
                case operators.Assignment(terms=[]):
                    element.evaluate_raw = partial(_assign, element)
                case operators.SubExpression(expression=operators.VariableExpression(part=part)):
                    part.calculate = partial(_member, part)
        self._constants = _take_constants(block)

    def render(self, references: Mapping[str, Any]) -> str:
        try:
            namespace = operators.LocalNamespace(references)
            namespace.update(self._constants)
            return str(self._template.merge(namespace))
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

CALLABLE = set().union(*METHODS.values(), *MEMBERS.values())


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
        case operators.SubExpression(
            expression=operators.VariableExpression(
                part=operators.NameOrCall(name=name, parameters=operators.ParameterList())
            )
        ):
            supported = name in CALLABLE
        case _:
            supported = not isinstance(element, UNSUPPORTED_DIRECTIVES)
    if not supported:
        raise LocalError(f"mapping template: {element.my_text()!r} is not supported")


def _holds(condition: Any, *scope: Any) -> bool:
    """API Gateway's truth: all but the boolean false, undefined and empty values included."""
    return condition.calculate(*scope) is not False


def _assign(assignment: Any, _: object, namespace: Any, loader: object) -> None:
    """`#set`: what is not a loop's own variable is the template's, also where a loop sets it."""
    value = assignment.value.calculate(namespace, loader)
    scope = namespace.find_outermost(assignment.root_term)
    if scope is None:
        scope = namespace
        while isinstance(scope.parent, operators.LocalNamespace):
            scope = scope.parent
    scope[assignment.root_term] = value


def _member(part: Any, value: Any, loader: object, namespace: Any) -> Any:
    """What stands behind a dot: the entry of a map, a method of a value; never Python's own."""
    methods = next((found for kind, found in METHODS.items() if isinstance(value, kind)), None)
    is_call = part.parameters is not None
    if value is None or (isinstance(value, dict) and not is_call and part.name not in value):
        return None
    if (isinstance(value, dict) and not is_call) or (methods is None and hasattr(value, part.name)):
        return operators.NameOrCall.calculate(part, value, loader, namespace)
    if methods is None or not is_call or part.name not in methods:
        raise LocalError(f"{part.my_text()} of {type(value).__name__} is not supported")
    return methods[part.name](value, *part.parameters.calculate(namespace, loader))


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
        and not any(isinstance(part, CHANGING) for part in _elements(element))
    )
