"""The command `atomic-counter keys`."""

import json
from collections.abc import Mapping
from typing import Any

import click
from rich.table import Table

from atomic_counter.client.dynamodb.item_keys import KEY_RULE, counter_key
from atomic_counter.client.errors import CounterRefusedError
from atomic_counter.commands.keys.reading import ListedKey, list_keys
from atomic_counter.commands.keys.writing import Raise, put_key
from atomic_counter.tooling.aws import dynamodb_client
from atomic_counter.tooling.parameters import endpoint_option, whole_number
from atomic_counter.tooling.terminal import console, print_table, progress, quoted

# The highest number that a document can get. Other numbers can be higher.
MAX_START = 10**37


def _checked_key(_: click.Context, __: click.Parameter, key: str) -> str:
    try:
        return counter_key(key)
    except (CounterRefusedError, UnicodeEncodeError):
        raise click.UsageError(f"KEY must be {KEY_RULE}, got {quoted(key)}") from None


key_argument = click.argument("key", callback=_checked_key)
json_option = click.option("--json", "is_json", is_flag=True, help="Print JSON, for programs.")


@click.group(invoke_without_command=True)
@click.pass_context
def keys(context: click.Context) -> None:
    """List the keys of a table, add a key, or raise one.

    TABLE is the output tablename.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@keys.command("list")
@click.argument("table")
@json_option
@endpoint_option
def list_command(*, table: str, is_json: bool, endpoint_url: str | None) -> None:
    """List the keys with their last numbers.

    Reads the whole TABLE. For a counter with the option documents, it also counts the documents of
    each key, whose items aren't keys.
    """
    with dynamodb_client(endpoint_url) as dynamodb, progress("items read") as advance:
        found = list_keys(dynamodb, table, advance)
    if is_json:
        objects = [{"key": key, **vars(each)} for key, each in found.items()]
        click.echo(json.dumps(objects))
    else:
        print_table(console(), _table(found))


def _table(found: Mapping[str, ListedKey]) -> Table:
    table = Table(title="The keys")
    table.add_column("key")
    for heading in ("last number", "documents"):
        table.add_column(heading, justify="right")
    for key, each in found.items():
        last = "not a whole number" if each.last is None else str(each.last)
        table.add_row(quoted(key), last, f"{each.documents:,}")
    return table


@keys.command("add")
@click.argument("table")
@key_argument
@click.option(
    "--start",
    type=whole_number(1, MAX_START),
    default=1,
    help="The first number of the key. Default: 1.",
)
@json_option
@endpoint_option
def add_command(
    *, table: str, key: str, start: int, is_json: bool, endpoint_url: str | None
) -> None:
    """Add a key.

    A key that TABLE has is an error, and stays as it is. So is a key of which a document has the
    first number or a higher one.
    """
    with dynamodb_client(endpoint_url) as dynamodb, progress("items read") as advance:
        put_key(dynamodb, table, key, start, advance)
    _print(is_json, f"added, and its first number is {start}", key=key, next=start)


@keys.command("raise")
@click.argument("table")
@key_argument
@click.option(
    "--start", type=whole_number(1, MAX_START), required=True, help="The next number of the key."
)
@click.option(
    "--leave-gap", is_flag=True, help="Raise the key even if it has documents, or is in use."
)
@json_option
@endpoint_option
def raise_command(  # noqa: PLR0913 (a command has a parameter for each option)
    *,
    table: str,
    key: str,
    start: int,
    leave_gap: bool,
    is_json: bool,
    endpoint_url: str | None,
) -> None:
    """Raise the next number of a key.

    The numbers before it stay unused. Nothing lowers a key: a next number that is the same or
    higher already is an error. So is a key that has documents, unless --leave-gap is given.
    """
    with dynamodb_client(endpoint_url) as dynamodb, progress("items read") as advance:
        previous = Raise(dynamodb, table, key, start, leave_gap).run(advance)
    text = f"raised, and its next number is {start} instead of {previous}"
    _print(is_json, text, key=key, next=start, previous=previous)


def _print(is_json: bool, text: str, *, key: str, **numbers: Any) -> None:
    click.echo(json.dumps({"key": key, **numbers}) if is_json else f"{quoted(key)}: {text}")
