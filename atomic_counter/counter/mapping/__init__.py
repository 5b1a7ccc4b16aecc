"""The mapping templates: what API Gateway runs between an HTTP request and DynamoDB.

Each `.vtl` file is one direction of one operation, or a part that several of them share. It begins
with what it does, what it sets and what it needs. It uses the subset of the Velocity Template
Language that API Gateway and the local gateway render alike.
"""

import re
from collections.abc import Iterator
from importlib.resources import files
from itertools import takewhile


def compose(*names: str, **values: str) -> str:
    """Return a mapping template: settings, then the named parts, each after the parts it needs.

    The comments stay behind, so that correcting one deploys nothing.

    Args:
        names: The names of the parts, without `.vtl`.
        values: As for `settings`.
    """
    parts = dict.fromkeys(part for name in names for part in _needed_parts(name))
    return settings(**values) + "\n".join(line for part in parts for line in _code(part))


def settings(**values: str) -> str:
    """Return a `#set` for each variable that a template needs from the stack.

    Args:
        values: The values by the names of the variables. CDK tokens are allowed.
    """
    return "".join(f'#set(${name} = "{value}")\n' for name, value in values.items())


def _needed_parts(name: str) -> Iterator[str]:
    """Return the parts that the comment of a part names after "Needs", and the part itself."""
    comment = " ".join(takewhile(lambda line: line.startswith("##"), _lines(name)))
    for needed in re.findall("`([a-z_]+)`", comment.partition("Needs")[2]):
        yield from _needed_parts(needed)
    yield name


def _code(name: str) -> Iterator[str]:
    """Return the lines of a part without comments, and other parts where it says "Here"."""
    for line in _lines(name):
        if inserted := re.fullmatch("## Here `([a-z_]+)`", line):
            yield from _code(inserted[1])
        elif not line.startswith("##"):
            yield line


def _lines(name: str) -> list[str]:
    return (files(__name__) / f"{name}.vtl").read_text(encoding="utf-8").splitlines()
