"""Mapping templates: compiled when a stack is loaded, and rendered at each request."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from atomic_counter.local.velocity.context import CONTEXT_MEMBERS
from atomic_counter.local.velocity.directives import Compiler, StopSignal
from atomic_counter.local.velocity.expressions import Problem
from atomic_counter.local.velocity.headers import check_header
from atomic_counter.local.velocity.json_path import compile_json_path
from atomic_counter.local.velocity.references import (
    Compute,
    Constant,
    Reference,
    ReferenceStep,
    Scope,
    follow,
)
from atomic_counter.local.velocity.values import VelocityError
from atomic_counter.local.velocity.variables import Input, Util, method_names

INPUT_METHODS = method_names(Input)
UTIL_METHODS = method_names(Util)
BUILT_IN = {"context", "input", "stageVariables", "util"}


class UnsupportedTemplateError(VelocityError):
    """A mapping template has something that isn't supported.

    Attributes:
        problems: Each of them, with its line.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


class MappingTemplate:
    """A compiled mapping template.

    MappingTemplate("Hello $name").render({"name": "Ann"})

    Attributes:
        context_members: The members of `$context` that it prints.

    Raises:
        UnsupportedTemplateError: On construction, the template has a syntax error or something
            unsupported.
        VelocityError: On rendering, a reference fails.
    """

    def __init__(self, source: str) -> None:
        self.context_members: set[str] = set()
        compiler = Compiler(self._compile_root, _check_target)
        self._write = compiler.template(source)
        if compiler.problems:
            raise UnsupportedTemplateError(compiler.problems)

    def render(self, references: Mapping[str, Any]) -> str:
        """Return the rendered text."""
        scope: Scope = {**references}
        out: list[str] = []
        with suppress(StopSignal):
            self._write(scope, out)
        return "".join(out)

    def _compile_root(self, reference: Reference) -> Compute | str | None:
        match reference:
            case Reference(root="input", steps=[ReferenceStep(name="body", arguments=None), *rest]):
                # A member of a text prints nothing.
                return Constant(None) if rest else lambda scope: scope["input"].body
            case Reference(
                root="input", steps=[ReferenceStep(name=str(name), arguments=[*given]), *rest]
            ) if name in INPUT_METHODS:
                return _input_method(name, given, rest)
            case Reference(
                root="util", steps=[ReferenceStep(name=str(name), arguments=[*given]), *rest]
            ) if name in UTIL_METHODS:
                return _util_method(name, given, rest)
            case Reference(root="context", steps=steps):
                return self._context_member(reference, steps)
            # The last two exist in other products, or in parameter mappings, and print nothing.
            case Reference(root="input" | "util" | "method" | "integration"):
                return f"{reference.text} isn't supported"
        return None

    def _context_member(
        self, reference: Reference, steps: Sequence[ReferenceStep]
    ) -> Compute | str:
        names = [str(step.name) for step in steps if step.arguments is None]
        path = ".".join(names)
        is_known = path in CONTEXT_MEMBERS or _check_target("context", names) is None
        if len(names) < len(steps) or not is_known:
            return f"{reference.text} isn't supported"
        self.context_members.add(path)

        def member(scope: Scope) -> Any:
            value = scope["context"]
            for name in names:
                value = (value or {}).get(name)
            return value

        return member


def _input_method(
    name: str, given: Sequence[Compute], rest: Sequence[ReferenceStep]
) -> Compute | str:
    if len(given) != 1 and (name != "params" or given):
        return f"$input.{name}() needs one argument, got {len(given)}"
    for argument in given:
        if name != "params" and isinstance(argument, Constant):
            try:
                compile_json_path(str(argument.value))
            except VelocityError as error:
                return str(error)

    def call(scope: Scope) -> Any:
        return getattr(scope["input"], name)(*(argument(scope) for argument in given))

    return follow(call, rest)


def _util_method(
    name: str, given: Sequence[Compute], rest: Sequence[ReferenceStep]
) -> Compute | str:
    if len(given) != 1:
        return f"$util.{name}() needs one argument, got {len(given)}"
    (argument,) = given
    return follow(lambda scope: getattr(scope["util"], name)(argument(scope)), rest)


def _check_target(root: str, names: Sequence[str | None]) -> str | None:
    """Return why a built-in variable can't be set at these members, or None."""
    if root not in BUILT_IN:
        return None
    text = ".".join([f"${root}", *(name or "[…]" for name in names)])
    match names:
        case ["responseOverride", "status"] if root == "context":
            return None
        case ["responseOverride", "header", str(header)] if root == "context":
            try:
                check_header(header)
            except ValueError as error:
                return str(error)
            return None
        case ["requestOverride", "path", str()] if root == "context":
            return None
    return f"{text} isn't supported as the target of #set"
