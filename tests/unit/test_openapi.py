"""`openapi.yaml` suits the programs that generate clients from it."""

from collections.abc import Iterator
from typing import Any

import schemathesis

from atomic_counter.tooling.paths import CHECKOUT

DOCUMENT = schemathesis.openapi.from_path(CHECKOUT / "openapi.yaml").raw_schema


def schemas(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Return every schema with a type, by its path."""
    if isinstance(value, dict):
        if isinstance(value.get("type"), str | list):
            yield path, value
        for name, item in value.items():
            yield from schemas(item, f"{path}/{name}")
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from schemas(item, f"{path}/{number}")


def test_integers_have_64_bits() -> None:
    """Without a format, generators take integers of 32 bits, up to 2,147,483,647."""
    integers = {path: each for path, each in schemas(DOCUMENT) if "integer" in each["type"]}
    assert len(integers) > 3
    assert {path for path, each in integers.items() if each.get("format") != "int64"} == set()
