"""JSONPath expressions, as `$input.path` and `$input.json` have them."""

import re
from collections.abc import Callable
from functools import lru_cache, partial, reduce
from typing import Any

from atomic_counter.local.velocity.values import VelocityError


@lru_cache(maxsize=256)
def compile_json_path(expression: str) -> Callable[[Any], Any]:
    """Return a function that selects in a document what an expression means, or None.

    Raises:
        VelocityError: The expression isn't supported.
    """
    if re.fullmatch(r"\$(\.[\w-]+|\[\d+\])*", expression):
        return partial(reduce, _member, re.findall(r"[\w-]+", expression[1:]))
    import jsonpath  # noqa: PLC0415 (slow to import, and few templates need it)

    try:
        query = jsonpath.compile(expression)
    except jsonpath.JSONPathError as error:
        raise VelocityError(f"the JSONPath {expression!r} isn't supported: {error}") from None
    if not isinstance(query, jsonpath.JSONPath):
        raise VelocityError(f"the JSONPath {expression!r} isn't supported")

    def first(document: Any) -> Any:
        match = query.match(document)
        return match.value if match else None

    return first if query.singular_query() else query.findall


def _member(value: Any, name: str) -> Any:
    if isinstance(value, list):
        return value[int(name)] if name.isdecimal() and int(name) < len(value) else None
    return value.get(name) if isinstance(value, dict) else None
