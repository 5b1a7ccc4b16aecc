"""The methods that the values of a mapping template have in Java."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from atomic_counter.local.velocity.values import JavaList, VelocityError, to_text, type_name


@lru_cache(maxsize=256)
def _pattern(expression: str) -> re.Pattern[str]:
    try:
        return re.compile(expression, re.ASCII)
    except re.error as error:
        raise VelocityError(f"the regular expression {expression!r}: {error}") from None


def _replace_all(text: str, expression: str, replacement: str) -> str:
    if "$" not in replacement and "\\" not in replacement:
        return _pattern(expression).sub(replacement, text)

    def expand(match: re.Match[str]) -> str:
        return re.sub(
            r"\\(.)|\$(\d)",
            lambda part: part[1] or match[int(part[2])] or "",
            replacement,
            flags=re.DOTALL,
        )

    return _pattern(expression).sub(expand, text)


def _units(text: str) -> bytes:
    """Return the UTF-16 code units, which Java counts."""
    return text.encode("utf-16-le", "surrogatepass")


def _length(text: str) -> int:
    return len(text) if text.isascii() else len(_units(text)) // 2


def _substring(text: str, start: int, end: int | None = None) -> str:
    length = _length(text)
    end = length if end is None else end
    if not 0 <= start <= end <= length:
        raise VelocityError(f"substring({start}, {end}) of a string of {length}")
    if text.isascii():
        return text[start:end]
    return _units(text)[2 * start : 2 * end].decode("utf-16-le", "surrogatepass")


def _index_of(text: str, part: str) -> int:
    index = text.find(part)
    return index if index < 0 else _length(text[:index])


def _element(values: list[Any], index: int) -> Any:
    if not 0 <= index < len(values):
        raise VelocityError(f"get({index}) of a list of {len(values)}")
    return values[index]


def _set_element(values: list[Any], index: int, value: Any) -> Any:
    before = _element(values, index)
    values[index] = value
    return before


def _append(values: list[Any], value: Any) -> bool:
    values.append(value)
    return True


def _put(entries: dict[Any, Any], key: Any, value: Any) -> Any:
    before = entries.get(key)
    entries[key] = value
    return before


def _put_all(entries: dict[Any, Any], others: dict[Any, Any]) -> None:
    entries.update(others)


METHODS: Mapping[type, Mapping[str, Callable[..., Any]]] = {
    str: {
        "contains": lambda text, part: part in text,
        "endsWith": lambda text, suffix: text.endswith(suffix),
        "equals": lambda text, other: text == other,
        "indexOf": _index_of,
        "isEmpty": lambda text: not text,
        "length": _length,
        "matches": lambda text, expression: bool(_pattern(expression).fullmatch(text)),
        "replaceAll": _replace_all,
        "startsWith": lambda text, prefix: text.startswith(prefix),
        "substring": _substring,
        "toString": to_text,
    },
    list: {
        "add": _append,
        "contains": lambda values, value: value in values,
        "get": _element,
        "isEmpty": lambda values: not values,
        "set": _set_element,
        "size": len,
    },
    dict: {
        "containsKey": lambda entries, key: key in entries,
        "containsValue": lambda entries, value: value in entries.values(),
        "get": lambda entries, key: entries.get(key),
        "isEmpty": lambda entries: not entries,
        "keySet": JavaList,
        "put": _put,
        "putAll": _put_all,
        "remove": lambda entries, key: entries.pop(key, None),
        "size": len,
        "toString": to_text,
        "values": lambda entries: JavaList(entries.values()),
    },
}
"""The methods of each type. API Gateway has more of them, which are refused by name."""


def call(value: Any, name: str, arguments: list[Any]) -> Any:
    """Call a method. A method of null is null.

    Raises:
        VelocityError: The type of the value has no such method, or it fails.
    """
    if value is None:
        return None
    for kind, methods in METHODS.items():
        if isinstance(value, kind) and name in methods:
            try:
                return methods[name](value, *arguments)
            except (TypeError, ValueError, IndexError) as error:
                raise VelocityError(f"{name}(): {error}") from None
    raise VelocityError(f"{name}() of a {type_name(value)} isn't supported")
