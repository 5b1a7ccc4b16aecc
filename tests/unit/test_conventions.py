"""The conventions of the source: one name for one thing, and one sentence per line in the docs."""

import ast
import inspect
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from atomic_counter.counter import AtomicCounter
from atomic_counter.options import CounterOptions

PACKAGE = Path("atomic_counter")
DOCUMENTS = [*Path().glob("*.md"), *Path("docs").glob("*.md")]


def definitions(module: Path) -> Iterator[str]:
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                yield name
            case ast.AsyncFunctionDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.Assign(targets=targets):
                yield from (target.id for target in targets if isinstance(target, ast.Name))


def test_no_two_public_definitions_share_a_name() -> None:
    names = Counter(name for module in PACKAGE.rglob("*.py") for name in definitions(module))
    shared = {name for name, times in names.items() if times > 1 and not name.startswith("_")}
    assert shared - {"log", "F", "P"} == set()


def argument_texts() -> dict[str, str]:
    """Return the text of each argument in the docstring of the construct, by name."""
    arguments = (inspect.getdoc(AtomicCounter) or "").partition("Args:\n")[2].partition("\n\n")[0]
    found = re.findall(r"^    (\w+): (.+(?:\n {8}.+)*)", arguments, re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in found}


@pytest.mark.parametrize("field", fields(CounterOptions), ids=lambda field: str(field.name))
def test_construct_describes_each_option_with_its_default(field: object) -> None:
    name, default = field.name, field.default  # type: ignore[attr-defined]
    written = f"`{default}`" if isinstance(default, str) else str(default)
    text, _, rest = argument_texts()[name].rpartition(" Default: ")
    assert text
    assert rest == f"{written}."


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_document_has_one_sentence_per_line(document: Path) -> None:
    text = re.sub(r"^```.*?^```", "", document.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    prose = [
        line for line in text.splitlines() if not line.startswith(("|", "**Contents", "**More"))
    ]
    sentences = [re.sub(r"^\d\. ", "", line) for line in prose]
    several = [line for line in sentences if re.search(r"[a-z0-9)`*\]][.?!]\)? [A-Z`*\[]", line)]
    assert several == []
