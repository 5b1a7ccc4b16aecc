"""The variables of a mapping template: `$input`, `$util`, and the overrides of `$context`.

Source: "Mapping template reference" of the API Gateway developer guide.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from types import FunctionType
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from atomic_counter.local.velocity.json_path import compile_json_path
from atomic_counter.local.velocity.values import InvalidBodyError, VelocityError, to_text


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} isn't JSON")


# Python's own decoder reads NaN and Infinity, too.
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


class Overrides(dict[str, Any]):
    """`$context.responseOverride` and its headers, of which each can be set once."""

    def __setitem__(self, name: str, value: Any) -> None:
        if name in self:
            raise VelocityError(f"{name} is overridden twice")
        super().__setitem__(name, value)


@dataclass(frozen=True)
class Input:
    """`$input`: the parameters of the request, and the body of the request or the response.

    Attributes:
        raw_body: The text of the body.
        querystring: The parameters of the query string.
        header: The headers of the request.
        path_parameters: The parameters of the path.
    """

    raw_body: str
    querystring: Mapping[str, str] = field(default_factory=dict)
    header: Mapping[str, str] = field(default_factory=dict)
    path_parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> str:
        """The text of the body; `{}` if it's empty."""
        return self.raw_body or "{}"

    def params(self, name: str | None = None) -> Any:
        """Return all parameters by place, or the first of this name: headers come last."""
        if name is None:
            return self._parameters
        for parameters in (self.path_parameters, self.querystring, self.header):
            if name in parameters:
                return parameters[name]
        return None

    def path(self, expression: str) -> Any:
        """Return what a JSONPath expression selects in the body, or None.

        A body that isn't JSON is a text, in which only `$` selects something.

        Raises:
            InvalidBodyError: The body begins with `{` or `[` and isn't JSON.
        """
        if expression != "$" and isinstance(self._document, str):
            raise VelocityError("the body isn't JSON")
        return compile_json_path(expression)(self._document)

    def json(self, expression: str) -> str:
        """Return what a JSONPath expression selects, as JSON: `""` if that is nothing."""
        value = self.path(expression)
        if value is None:
            return '""'
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)

    @cached_property
    def _parameters(self) -> dict[str, dict[str, str]]:
        return {
            "path": dict(self.path_parameters),
            "querystring": dict(self.querystring),
            "header": dict(self.header),
        }

    @cached_property
    def _document(self) -> Any:
        try:
            return _DECODER.decode(self.body)
        except (ValueError, RecursionError):
            if self.raw_body.lstrip().startswith(("{", "[")):
                raise InvalidBodyError from None
            return self.raw_body


class Util:
    """`$util`, with the names of API Gateway."""

    _ESCAPES: Mapping[int, str] = {
        **{code: f"\\u{code:04X}" for code in range(32)},
        **str.maketrans({"\b": r"\b", "\f": r"\f", "\n": r"\n", "\r": r"\r", "\t": r"\t"}),
        **str.maketrans({"'": r"\'", '"': r"\"", "\\": r"\\", "/": r"\/"}),
    }

    @classmethod
    def escapeJavaScript(cls, text: Any) -> str | None:
        """Escape as Apache Commons Lang 2 does: `'` and `/` too, and non-ASCII as UTF-16 units."""
        if text is None:
            return None
        escaped = to_text(text).translate(cls._ESCAPES)
        if escaped.isascii():
            return escaped
        return "".join(
            character if character.isascii() else _utf16_escapes(character) for character in escaped
        )

    @staticmethod
    def parseJson(text: Any) -> Any:
        return _convert("parseJson", json.loads, text)

    @staticmethod
    def urlEncode(text: Any) -> Any:
        # As in Java, half of a surrogate pair becomes a question mark.
        return _convert("urlEncode", partial(quote_plus, errors="replace"), text)

    @staticmethod
    def urlDecode(text: Any) -> Any:
        return _convert("urlDecode", unquote_plus, text)

    @staticmethod
    def base64Encode(text: Any) -> Any:
        return _convert("base64Encode", lambda t: base64.b64encode(t.encode()).decode(), text)

    @staticmethod
    def base64Decode(text: Any) -> Any:
        return _convert("base64Decode", lambda t: base64.b64decode(t).decode(), text)


def method_names(variable: type) -> frozenset[str]:
    """Return the names of the methods of a variable, which mapping templates can call."""
    return frozenset(
        name
        for name, member in vars(variable).items()
        if isinstance(member, FunctionType | classmethod | staticmethod)
        and not name.startswith("_")
    )


def _convert(name: str, function: Callable[[str], Any], value: Any) -> Any:
    """Apply a function to a text. Null stays null."""
    if value is None:
        return None
    try:
        return function(to_text(value))
    except (ValueError, RecursionError, binascii.Error) as error:
        raise VelocityError(f"{name}: {error}") from None


def _utf16_escapes(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex().upper()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))
