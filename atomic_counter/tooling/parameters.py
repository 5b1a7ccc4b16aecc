"""The parameters that commands share, and the types that read their values."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click

from atomic_counter.tooling.paths import LOCAL_STATE
from atomic_counter.tooling.synthesis import synthesize

F = TypeVar("F", bound=Callable[..., Any])
# The characters of a wrong value in an error.
MAX_SHOWN = 200


@dataclass
class ParameterType(click.ParamType[Any]):
    """A type of parameter, whose error is `--name must be …, got …`."""

    name: str
    allowed: str
    parse: Callable[[str], Any]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read a value from the command line; a default value is returned as it is."""
        if not isinstance(value, str):
            return value
        try:
            return self.parse(value)
        except ValueError:
            name = param.opts[-1] if param else self.name
            got = value if len(value) <= MAX_SHOWN else f"{value[:MAX_SHOWN]}…"
            raise click.UsageError(f"{name} must be {self.allowed}, got {got}", ctx) from None


def whole_number(minimum: int, maximum: int | None = None, name: str = "N") -> ParameterType:
    """Return the type of whole numbers in decimal digits, from `minimum` to `maximum`."""

    def parse(text: str) -> int:
        # Not int() alone, which also reads signs, spaces and underscores.
        if not (text.isascii() and text.isdecimal()):
            raise ValueError(text)
        number = int(text)
        if number < minimum or (maximum is not None and number > maximum):
            raise ValueError(text)
        return number

    above = f"of at least {minimum}" if maximum is None else f"from {minimum} to {maximum}"
    return ParameterType(name, f"a whole number {above}", parse)


def positive_number(name: str) -> ParameterType:
    """Return the type of numbers above 0."""

    def parse(text: str) -> float:
        number = float(text)
        if not 0 < number < float("inf"):
            raise ValueError(text)
        return number

    return ParameterType(name, "a number above 0", parse)


def _http_url(text: str) -> str:
    url = urlsplit(text)
    is_http = url.scheme in ("http", "https") and url.hostname and url.port != 0
    if not (is_http and re.fullmatch("[!-~]+", text)):
        raise ValueError(text)
    return text


HTTP_URL = ParameterType("URL", "an http or https URL such as http://127.0.0.1:8000", _http_url)


def output_file(suffix: str = "") -> ParameterType:
    """Return the type of files to write, in an existing folder."""

    def parse(text: str) -> Path:
        path = Path(text)
        if path.is_dir() or not path.parent.is_dir() or not text.endswith(suffix):
            raise ValueError(text)
        return path

    ending = f" whose name ends with {suffix}" if suffix else ""
    return ParameterType(f"FILE{suffix}", f"a file{ending} in an existing folder", parse)


def name_and_value(text: str) -> tuple[str, str]:
    """Return the two sides of `name=value`."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise ValueError(f"an option must have the form name=value, got {text}")
    return name, value


context_option = click.option(
    "-c",
    "--context",
    type=ParameterType("NAME=VALUE", "of the form name=value", name_and_value),
    multiple=True,
    help="An option of the counter, as for the CDK CLI. Repeatable.",
)
data_option = click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    default=LOCAL_STATE / "data",
    help="The folder of the engine's data. Default: .local/data in the checkout.",
)
endpoint_option = click.option(
    "--endpoint-url", type=HTTP_URL, help="Another engine than DynamoDB."
)


def template_options(command: F) -> F:
    """Add the options that `templates` reads: `--template` and `--context`."""
    template_option = click.option(
        "--template",
        type=click.Path(path_type=Path),
        multiple=True,
        metavar="FILE",
        help="A synthesized template. Repeatable, for several Regions. Default: this app's.",
    )
    return template_option(context_option(command))


def templates(template: Sequence[Path], context: Sequence[tuple[str, str]]) -> list[Path]:
    """Return the given templates, or those of this app, which is synthesized if necessary.

    Raises:
        click.UsageError: Both templates and options of this app are given.
        CommandError: Synthesis fails.
    """
    if template and context:
        raise click.UsageError("--context is for this app: remove --template or --context")
    return list(template) or synthesize(LOCAL_STATE / "cdk.out", dict(context))
