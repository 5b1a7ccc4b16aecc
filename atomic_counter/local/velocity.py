"""The mapping template language: what API Gateway renders, and what it gives a template.

The language is that of Apache Velocity 1.7, as airspeed-ext renders it; `$input` and `$util`
are those of API Gateway's mapping template reference.
"""

import base64
import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, lru_cache, partial, reduce
from typing import Any
from urllib.parse import quote_plus, unquote_plus

import jsonpath
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
        for element in _elements(self._template.root_element):
            _check(element)
            if isinstance(element, operators.Condition):
                element.calculate = partial(_holds, element.expression)
        self._constants = _take_constants(self._template.root_element.block)

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
        element = list(vars(element).values())
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


class Overrides(dict[str, Any]):
    """`$context.responseOverride` and its headers: each may be set once."""

    def __setitem__(self, name: str, value: Any) -> None:
        if name in self:
            raise LocalError(f"{name} is overridden twice")
        super().__setitem__(name, value)


class Parameters:
    """The parameters of one place: path, query string or headers."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def get(self, name: str) -> str | None:
        return self._values.get(name)


class Input:
    """`$input`: the body and the parameters of a request or of a backend's answer."""

    def __init__(
        self,
        body: str,
        querystring: Mapping[str, str] | None = None,
        header: Mapping[str, str] | None = None,
    ) -> None:
        self.body = body
        self._places = {
            "path": Parameters({}),
            "querystring": Parameters(querystring or {}),
            "header": Parameters(header or {}),
        }

    def params(self, name: str | None = None) -> Any:
        """All parameters by place, or the first that has this name, headers last."""
        if name is None:
            return self._places
        found = (place.get(name) for place in self._places.values())
        return next((value for value in found if value is not None), None)

    def path(self, expression: str) -> Any:
        """What a JSONPath expression selects in the body; None if nothing."""
        return _compile(expression)(self._document)

    def json(self, expression: str) -> str:
        """The same as JSON text."""
        return json.dumps(self.path(expression))

    @cached_property
    def _document(self) -> Any:
        return json.loads(self.body or "{}")


@lru_cache(maxsize=256)
def _compile(expression: str) -> Callable[[Any], Any]:
    if re.fullmatch(r"\$(\.\w+)*", expression):
        return partial(reduce, _member, expression.split(".")[1:])
    query = jsonpath.compile(expression)
    if isinstance(query, jsonpath.JSONPath) and not query.singular_query():
        return query.findall
    raise LocalError(f"the JSONPath expression {expression!r} is not supported")


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


class Util:
    """`$util`, with API Gateway's own names."""

    _ESCAPES: Mapping[int, str] = {
        **{code: f"\\u{code:04X}" for code in range(32)},
        **str.maketrans({"\b": r"\b", "\f": r"\f", "\n": r"\n", "\r": r"\r", "\t": r"\t"}),
        **str.maketrans({"'": r"\'", '"': r"\"", "\\": r"\\", "/": r"\/"}),
    }

    @classmethod
    def escapeJavaScript(cls, text: str) -> str:
        """As Apache Commons Lang 2 does: `'` and `/` too, and non-ASCII as UTF-16 units."""
        escaped = str(text).translate(cls._ESCAPES)
        if escaped.isascii():
            return escaped
        return "".join(
            character if character.isascii() else _utf16_escapes(character) for character in escaped
        )

    @staticmethod
    def parseJson(text: str) -> Any:
        return json.loads(text)

    @staticmethod
    def urlEncode(text: str) -> str:
        return quote_plus(text)

    @staticmethod
    def urlDecode(text: str) -> str:
        return unquote_plus(text)

    @staticmethod
    def base64Encode(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    @staticmethod
    def base64Decode(text: str) -> str:
        return base64.b64decode(text).decode()


def _utf16_escapes(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex().upper()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))
