"""What API Gateway gives a mapping template: `$input`, `$util` and what it may override.

Their names and meanings are those of API Gateway's mapping template reference.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache, partial, reduce
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from atomic_counter.local import LocalError


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

    def answered(self, body: str) -> "Input":
        """`$input` of the response: the backend's answer, and the request's parameters."""
        answer = Input(body)
        answer._places = self._places
        return answer

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
    import jsonpath  # noqa: PLC0415 (most templates do without it, and it takes a while)

    query = jsonpath.compile(expression)
    if not isinstance(query, jsonpath.JSONPath):
        raise LocalError(f"the JSONPath expression {expression!r} is not supported")

    def first(document: Any) -> Any:
        match = query.match(document)
        return match.value if match else None

    return first if query.singular_query() else query.findall


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
