"""Why a property isn't supported, in sentences."""

import json
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from atomic_counter.local.velocity import shortened

TYPES = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "dict_type": "a map",
    "float_parsing": "a number",
    "int_parsing": "a whole number",
    "list_type": "a list",
    "pattern_regex": "a regular expression",
    "string_type": "a text",
}


def sentences(error: ValidationError) -> Iterator[str]:
    """Return a sentence for each property that isn't supported."""
    for detail in error.errors():
        yield f"{_name(detail['loc'])} {_reason(detail)}"


def _name(location: tuple[Any, ...]) -> str:
    """Return the path of a property. The tag of an integration's type isn't one of its names."""
    names = [str(part) for part in location if part not in ("AWS", "MOCK")]
    return f"`{'.'.join(names)}`"


def _reason(detail: Any) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    simple = {"extra_forbidden": "isn't supported", "missing": "is missing"}
    if kind in simple:
        return simple[kind]
    if kind == "value_error":
        return str(context["error"])
    allowed = TYPES.get(kind, detail["msg"])
    if kind == "literal_error":
        allowed = str(context["expected"]).replace("'", "`")
    if kind == "string_pattern_mismatch":
        allowed = f"a text that matches {context['pattern']}"
    return f"must be {allowed}, got {shortened(json.dumps(detail['input'], default=str))}"
