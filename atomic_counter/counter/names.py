"""The names that a counter derives from its place: its stack's name, and its path in the stack."""

import hashlib
import re

from aws_cdk import Stack, Token
from constructs import Construct

from atomic_counter.options import OptionError

MAX_TABLE_NAME = 255


def default_api_name(scope: Construct) -> str:
    """Return the name of an API, which no counter of another place has."""
    return "/".join(_place(scope))


def global_table_name(scope: Construct) -> str:
    """Return the name of a global table, which stacks in other Regions can derive, too.

    It depends only on the place, as another name would be another, empty table. No two counters
    have one name: that of a counter directly in a stack ends with an id without a hyphen, after
    the last hyphen, and any other name with a dot and a hash.
    """
    stack, path = _place(scope)
    place = f"{stack}/{path}"
    if Token.is_unresolved(place):
        raise OptionError(
            "replicas need a stack whose name is known at synthesis, as their table is named after"
            f" it, got {place!r}"
        )
    name = re.sub(r"[^\w.-]", "-", place, flags=re.ASCII)
    if not re.fullmatch(r"\w+", path, re.ASCII):
        name += f".{hashlib.sha256(place.encode()).hexdigest()[:8]}"
    if len(name) > MAX_TABLE_NAME:
        raise OptionError(
            f"the name of a table with replicas must have at most {MAX_TABLE_NAME} characters, got"
            f" {name}: shorten the ids of its stack and constructs"
        )
    return name


def _place(scope: Construct) -> tuple[str, str]:
    """Return the name of the outermost stack, as that of a nested one is a token, and the path."""
    stack = Stack.of(scope)
    while stack.nested_stack_parent:
        stack = stack.nested_stack_parent
    return stack.stack_name, scope.node.path.removeprefix(f"{stack.node.path}/")
