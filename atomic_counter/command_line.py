"""The command line `atomic-counter`: its subcommands, its errors and its exit status.

Exit status: 0 success, 1 a negative result such as a duplicate number, 2 wrong usage or a failure
to run, 130 interrupted.
"""

import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from atomic_counter.tooling.paths import exempt_loopback_from_proxies
from atomic_counter.tooling.terminal import accept_any_text, printable

FAILED = 2
SUBCOMMANDS = {
    "serve": "Serve the counter on this machine.",
    "table": "Show the table of the served counter in a browser.",
    "audit": "Check that a counter issues no number twice.",
    "failover": "Check that the loss of a Region duplicates no number.",
    "template": "Print the CloudFormation template, without anything of the CDK.",
    "cost": "Print what a counter costs a month.",
    "assign": "Assign numbers to the documents in a file.",
    "register": "Prove that the numbers of documents are complete.",
    "keys": "List the keys of a table, add a key, or raise one.",
    "migrate": "Copy the counters of another table.",
    "live": "Prove the counter in an AWS account.",
}
"""The help of each subcommand. It is the function of its name in the module `commands.NAME`."""


class CommandLine(click.Group):
    """The group of the subcommands. It imports a subcommand only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """Return the names of the subcommands."""
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a subcommand."""
        if cmd_name not in SUBCOMMANDS:
            return None
        module = import_module(f"atomic_counter.commands.{cmd_name}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write a line for each subcommand."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUBCOMMANDS.items()))


@click.group(cls=CommandLine, context_settings={"help_option_names": ["-h", "--help"]})
def command_line() -> None:
    """Numbers that go up by one and never repeat, from DynamoDB and API Gateway.

    Exit status: 0 success, 1 a negative result, 2 wrong usage or a failure to run, 130 interrupted.
    """


def run_command(words: Sequence[str]) -> int:
    """Run a command, and return its exit status."""
    exempt_loopback_from_proxies()
    accept_any_text()
    try:
        status = command_line.main(
            list(words) or ["--help"], "atomic-counter", standalone_mode=False
        )
        if sys.stdout:  # It's None if it is closed.
            sys.stdout.flush()
    except click.Abort:
        raise KeyboardInterrupt from None
    except (BrokenPipeError, SystemExit):  # The reader, such as head, has read enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except click.ClickException as error:
        return _fail(error.format_message())
    except OSError as error:
        return _fail(f"{error.filename or 'input or output'}: {error.strerror or error}")
    except ModuleNotFoundError as error:
        missing = str(error.name)
        if missing.startswith("atomic_counter"):
            raise
        extra = "plot" if missing == "matplotlib" else "local"
        return _fail(f"no module {missing}: pip install '.[{extra}]' in the checkout")
    return status or 0


def _fail(reason: str) -> int:
    print(f"error: {printable(reason)}", file=sys.stderr)
    return FAILED
