"""What commands have in common: `--template` and `-c`, and how values are read."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from atomic_counter.local import CHECKOUT
from atomic_counter.local.synthesis import synthesize

KEPT = CHECKOUT / ".local"
N = TypeVar("N", int, float)


def add_template_arguments(parser: argparse.ArgumentParser) -> None:
    """Let a command take a template, or options to synthesize this app's with."""
    source = parser.add_argument_group("the template")
    source.add_argument(
        "--template",
        type=Path,
        action="append",
        metavar="FILE",
        help="a synthesized template (default: this app's); repeatable, for those of other Regions",
    )
    add_context_argument(source)


def add_context_argument(parser: argparse._ActionsContainer) -> None:
    """Let a command take options of the counter, as the CDK CLI does."""
    parser.add_argument(
        "-c",
        "--context",
        type=name_and_value,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an option of the counter, as for the CDK CLI",
    )


def check_template_arguments(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Refuse what does not go together; ends the program."""
    if options.context and options.template:
        parser.error("an option given with -c is for this app, not for a --template")


def templates_of(options: argparse.Namespace) -> list[Path]:
    """The templates that were asked for; this app's are synthesized if need be.

    Raises:
        LocalError: Synthesis failed.
    """
    return options.template or synthesize(KEPT / "cdk.out", dict(options.context))


def name_and_value(text: str) -> tuple[str, str]:
    """The two sides of `name=value`.

    Raises:
        argparse.ArgumentTypeError: It is not of that form.
    """
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"an option is given as name=value, not {text}")
    return name, value


def positive(kind: type[N]) -> Callable[[str], N]:
    """A reader of numbers above 0.

    Args:
        kind: Of what kind they are.

    Raises:
        argparse.ArgumentTypeError: By the reader, for what is none.
    """

    def read(text: str) -> N:
        try:
            number = kind(text)
        except ValueError:
            number = kind(0)
        if not 0 < number < float("inf"):
            raise argparse.ArgumentTypeError(f"a number above 0 is needed, not {text}")
        return number

    return read
