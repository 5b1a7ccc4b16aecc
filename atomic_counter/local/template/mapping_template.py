"""Mapping templates: compiled when a stack is loaded, and rendered at each request."""

from collections.abc import Mapping, Sequence
from typing import Any

from atomic_counter.local.template.expressions import Problem
from atomic_counter.local.template.headers import check_header
from atomic_counter.local.template.java import VelocityError
from atomic_counter.local.template.json_path import compile_json_path
from atomic_counter.local.template.references import (
    Compute,
    Constant,
    Reference,
    ReferenceStep,
    Scope,
    follow,
)
from atomic_counter.local.template.velocity import Compiler, StopSignal
from atomic_counter.tooling.errors import CommandError

# "Mapping template and access logging variable reference" of the API Gateway developer guide.
INPUT_METHODS = frozenset({"json", "params", "path"})
UTIL_METHODS = frozenset(
    {"base64Decode", "base64Encode", "escapeJavaScript", "parseJson", "urlDecode", "urlEncode"}
)
CONTEXT_MEMBERS = frozenset(
    {
        *("accountId", "apiId", "authorizer.principalId", "domainName", "domainPrefix"),
        *("extendedRequestId", "httpMethod", "path", "protocol", "requestId", "requestTime"),
        *("requestTimeEpoch", "resourceId", "resourcePath", "stage"),
        *("identity.accessKey", "identity.accountId", "identity.apiKey", "identity.apiKeyId"),
        *("identity.caller", "identity.cognitoAuthenticationProvider"),
        *("identity.cognitoAuthenticationType", "identity.cognitoIdentityId"),
        *("identity.cognitoIdentityPoolId", "identity.principalOrgId", "identity.sourceIp"),
        *("identity.user", "identity.userAgent", "identity.userArn"),
    }
)
BUILT_IN = {"context", "input", "stageVariables", "util"}


class UnsupportedTemplateError(CommandError):
    """A mapping template has something that isn't supported.

    Attributes:
        problems: Each of them, with its line.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("mapping template: " + "; ".join(map(str, problems)))
        self.problems = problems


class MappingTemplate:
    """A compiled mapping template.

    MappingTemplate("Hello $name").render({"name": "Ann"})

    Raises:
        UnsupportedTemplateError: On construction, the template has a syntax error or something
            unsupported.
        CommandError: On rendering, a reference fails.
    """

    def __init__(self, source: str) -> None:
        compiler = Compiler(_compile_root, _check_target)
        self._write = compiler.template(source)
        if compiler.problems:
            raise UnsupportedTemplateError(compiler.problems)

    def render(self, references: Mapping[str, Any]) -> str:
        """Return the rendered text."""
        scope: Scope = {**references}
        out: list[str] = []
        try:
            self._write(scope, out)
        except StopSignal:
            pass
        except VelocityError as error:
            raise CommandError(f"mapping template: {error}") from None
        return "".join(out)


def _compile_root(reference: Reference) -> Compute | str | None:
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
            return _context_member(reference, steps)
        # The last two exist in other products, or in parameter mappings, and print nothing here.
        case Reference(root="input" | "util" | "method" | "integration"):
            return f"{reference.text} isn't supported"
    return None


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


def _context_member(reference: Reference, steps: Sequence[ReferenceStep]) -> Compute | str:
    names = [str(step.name) for step in steps if step.arguments is None]
    is_known = ".".join(names) in CONTEXT_MEMBERS or _check_target("context", names) is None
    if len(names) < len(steps) or not is_known:
        return f"{reference.text} isn't supported"

    def member(scope: Scope) -> Any:
        value = scope["context"]
        for name in names:
            try:
                value = value[name]
            except KeyError:
                return None
        return value

    return member


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
