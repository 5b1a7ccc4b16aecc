"""Mapping templates in the dialect of Apache Velocity 1.7, as airspeed-ext renders it."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from airspeed import operators

from atomic_counter.tooling.errors import CommandError

# Those methods of Java's types that the library has. By itself it would call Python's methods, too,
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

# What may have another value at the next rendering: a list or a map can be added to.
VARIABLE_ELEMENTS = (
    operators.FormalReference,
    operators.ArrayLiteral,
    operators.DictionaryLiteral,
)


class MappingTemplate:
    """A compiled mapping template.

    MappingTemplate("Hello $name").render({"name": "Ann"})

    Raises:
        CommandError: On construction, the template has a syntax error or something unsupported; on
            rendering, a reference fails.
    """

    def __init__(self, source: str) -> None:
        self._template = operators.Template(source)
        try:
            self._template.ensure_compiled()
        except operators.TemplateError as error:
            raise CommandError(f"mapping template: {error}") from None
        block = self._template.root_element.block
        for element in _elements(block):
            _check(element)
            _behave_as_api_gateway(element)
        self._constants = _take_constants(block)

    def render(self, references: Mapping[str, Any]) -> str:
        """Return the rendered text."""
        try:
            namespace = operators.LocalNamespace(references)
            namespace.update(self._constants)
            return str(self._template.merge(namespace))
        except operators.TemplateError as error:
            raise CommandError(f"mapping template: {error}") from error


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
        raise CommandError(f"mapping template: {element.my_text()!r} isn't supported")


def _behave_as_api_gateway(element: operators._Element) -> None:
    """Replace the methods of a compiled element that differ from API Gateway's behavior."""
    match element:
        case operators.Condition():
            element.calculate = partial(_is_true, element.expression)
        case operators.Assignment(terms=[]):
            element.evaluate_raw = partial(_assign, element)
        case operators.SubExpression(expression=operators.VariableExpression(part=part)):
            part.calculate = partial(_member, part)
        case operators.FormalReference():
            element.evaluate_raw = partial(_print, element)
        case operators.Comment():
            element.evaluate = partial(_print_line_break, _line_break(element))


def _is_true(condition: Any, *scope: Any) -> bool:
    """Return whether a condition holds: only the boolean false is false."""
    return condition.calculate(*scope) is not False


def _assign(assignment: Any, _: object, namespace: Any, loader: object) -> None:
    """Set a variable of the template, or of the loop if that is where it was defined."""
    value = assignment.value.calculate(namespace, loader)
    scope = namespace.find_outermost(assignment.root_term)
    if scope is None:
        scope = namespace
        while isinstance(scope.parent, operators.LocalNamespace):
            scope = scope.parent
    scope[assignment.root_term] = value


def _member(part: Any, value: Any, loader: object, namespace: Any) -> Any:
    """Return an entry of a map, or the result of a method: never an attribute of Python's types."""
    methods = next((found for kind, found in METHODS.items() if isinstance(value, kind)), None)
    is_call = part.parameters is not None
    if value is None or (isinstance(value, dict) and not is_call and part.name not in value):
        return None
    if (isinstance(value, dict) and not is_call) or (methods is None and hasattr(value, part.name)):
        return operators.NameOrCall.calculate(part, value, loader, namespace)
    if methods is None or not is_call or part.name not in methods:
        raise CommandError(f"{part.my_text()} of {type(value).__name__} isn't supported")
    return methods[part.name](value, *part.parameters.calculate(namespace, loader))


def _print(reference: Any, stream: Any, namespace: Any, loader: object) -> None:
    """Print a value, or nothing if it's null; the library would treat a certain text specially."""
    value = reference.calculate(namespace, loader)
    if value is None and reference.alternate is not None:
        value = reference.alternate.calculate(namespace, loader)
    if value is not None:
        stream.write(value if isinstance(value, str) else operators.value_to_string(value))


def _line_break(comment: Any) -> str:
    """Return the line break that the library takes to be the end of a comment `#* … *#`."""
    text = str(comment.my_text())
    return text.partition("*#")[2] if text.startswith("#*") else ""


def _print_line_break(line_break: str, stream: Any, *_: object) -> None:
    stream.write(line_break)


def _take_constants(block: operators.Block) -> dict[str, Any]:
    """Remove the comments and the leading `#set`s of constants, and return the constants."""
    constants = operators.LocalNamespace({})
    block.children = [
        child
        for child in block.children
        if not isinstance(child, operators.Comment) or _line_break(child)
    ]
    while block.children and _is_constant(block.children[0]):
        block.children.pop(0).evaluate(operators.StoppableStream(), constants, None)
    return dict(constants)


def _is_constant(element: operators._Element) -> bool:
    return (
        isinstance(element, operators.SetDirective)
        and not element.assignment.terms
        and not any(isinstance(part, VARIABLE_ELEMENTS) for part in _elements(element))
    )
