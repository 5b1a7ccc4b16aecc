"""The variables of a mapping template: `$input`, `$util`, and the overrides of `$context`.

Source: "Mapping template reference" of the API Gateway developer guide.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache, partial, reduce
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from atomic_counter.tooling.errors import CommandError


class Overrides(dict[str, Any]):
    """`$context.responseOverride` and its headers, of which each can be set once."""

    def __setitem__(self, name: str, value: Any) -> None:
        if name in self:
            raise CommandError(f"{name} is overridden twice")
        super().__setitem__(name, value)


class Parameters:
    """The parameters in one place: the path, the query string or the headers."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def get(self, name: str) -> str | None:
        """Return the value of a parameter, or None."""
        return self._values.get(name)


class Input:
    """`$input`: the parameters of the request, and the body of the request or the response."""

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

    def with_response(self, body: str) -> "Input":
        """Return `$input` of a response template: its body, and the request's parameters."""
        response = Input(body)
        response._places = self._places
        return response

    def params(self, name: str | None = None) -> Any:
        """Return all parameters by place, or the first of this name: headers come last."""
        if name is None:
            return self._places
        found = (place.get(name) for place in self._places.values())
        return next((value for value in found if value is not None), None)

    def path(self, expression: str) -> Any:
        """Return what a JSONPath expression selects in the body, or None."""
        return _compile(expression)(self._document)

    def json(self, expression: str) -> str:
        """Return what a JSONPath expression selects, as JSON."""
        return json.dumps(self.path(expression))

    @cached_property
    def _document(self) -> Any:
        return json.loads(self.body or "{}")


@lru_cache(maxsize=256)
def _compile(expression: str) -> Callable[[Any], Any]:
    if re.fullmatch(r"\$(\.\w+|\[\d+\])*", expression):
        return partial(reduce, _member, re.findall(r"\w+", expression[1:]))
    import jsonpath  # noqa: PLC0415 (slow to import, and few templates need it)

    query = jsonpath.compile(expression)
    if not isinstance(query, jsonpath.JSONPath):
        raise CommandError(f"the JSONPath expression {expression!r} isn't supported")

    def first(document: Any) -> Any:
        match = query.match(document)
        return match.value if match else None

    return first if query.singular_query() else query.findall


def _member(value: Any, name: str) -> Any:
    if isinstance(value, list):
        return value[int(name)] if name.isdecimal() and int(name) < len(value) else None
    return value.get(name) if isinstance(value, dict) else None


class Util:
    """`$util`, with the names of API Gateway."""

    _ESCAPES: Mapping[int, str] = {
        **{code: f"\\u{code:04X}" for code in range(32)},
        **str.maketrans({"\b": r"\b", "\f": r"\f", "\n": r"\n", "\r": r"\r", "\t": r"\t"}),
        **str.maketrans({"'": r"\'", '"': r"\"", "\\": r"\\", "/": r"\/"}),
    }

    @classmethod
    def escapeJavaScript(cls, text: str) -> str:
        """Escape as Apache Commons Lang 2 does: `'` and `/` too, and non-ASCII as UTF-16 units."""
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
