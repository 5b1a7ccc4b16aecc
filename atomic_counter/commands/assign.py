"""The command `atomic-counter assign`: an invoice run from a shell."""

import csv
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from pathlib import Path

import click

from atomic_counter.client import CounterClient, CounterError
from atomic_counter.client.documents import MAX_LIST
from atomic_counter.commands.authorization import authorization_options, iam_auth
from atomic_counter.tooling.errors import CommandError
from atomic_counter.tooling.files import written_whole
from atomic_counter.tooling.parameters import output_file
from atomic_counter.tooling.terminal import printable, progress, quoted

# The rule of the service, which checks it for a list at a time, after it has assigned others.
MAX_PAIR_BYTES = 2047
REFUSED = re.compile("[\x00-\x1f\x7f-\x9f\ufffd]")
RULE = (
    "a document key that isn't blank, without control characters and U+FFFD, and with up to"
    f" {MAX_PAIR_BYTES} bytes of UTF-8 together with KEY"
)
RUN_AGAIN = "each document keeps its number, so run the command again to get the others"


@click.command
@click.argument("url")
@click.argument("key")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@authorization_options
@click.option(
    "--csv",
    "csv_file",
    type=output_file(),
    help="Write the numbers to a file. Default: standard output.",
)
def assign(  # noqa: PLR0913 (a command has a parameter for each option)
    *,
    url: str,
    key: str,
    file: Path | None,
    iam: bool,
    api_key: str | None,
    csv_file: Path | None,
) -> None:
    """Assign numbers to the documents in a file.

    Reads document keys from FILE or standard input, one a line, in UTF-8. Assigns them the
    next numbers of KEY, in their order, and writes number and document as CSV. A document
    that has a number keeps it, so the command can run again after an interrupt or a failure,
    and writes the same numbers. URL is that of a counter with the option documents.
    """
    documents = _documents(_read(file), key)
    try:
        with (
            CounterClient(url, api_key=api_key, auth=iam_auth() if iam else None) as client,
            progress("documents", len(documents)) as advance,
        ):
            numbers = _assign_lists(client, key, documents, advance)
    except ValueError as error:
        raise CommandError(str(error)) from None
    except CounterError as error:
        if error.numbers:
            _write(documents, error.numbers, csv_file)
        count = f"{len(error.numbers):,} of {len(documents):,} documents got numbers"
        raise CommandError(f"{error}: {count}; {RUN_AGAIN}") from None
    except KeyboardInterrupt:
        click.echo(f"interrupted: {RUN_AGAIN}", err=True)
        raise click.Abort from None
    _write(documents, numbers, csv_file)


def _read(file: Path | None) -> bytes:
    if file and str(file) != "-":
        return file.read_bytes()
    if not sys.stdin:
        raise CommandError("standard input is closed: name a FILE")
    return sys.stdin.buffer.read()


def _documents(content: bytes, key: str) -> list[str]:
    """Return the document keys in a file, each once.

    Raises:
        CommandError: A line isn't a document key.
    """
    try:
        # Not splitlines(), as a document key can have other line breaks, such as U+2028.
        lines = content.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        got = content.split(b"\n")[number - 1]
        raise CommandError(f"line {number} must be UTF-8, got {got!r}") from None
    if not lines[-1]:
        lines.pop()
    names = [line.removesuffix("\r") for line in lines]
    for number, name in enumerate(names, 1):
        size = len(f"{key}{name}".encode(errors="replace"))
        if not name.strip() or REFUSED.search(name) or size > MAX_PAIR_BYTES:
            raise CommandError(f"line {number} must be {RULE}, got {quoted(name)}")
    return list(dict.fromkeys(names))


def _assign_lists(
    client: CounterClient, key: str, documents: Sequence[str], on_list: Callable[[int], None]
) -> dict[str, int]:
    """Return the numbers of documents, and report the length of each list that has them.

    Raises:
        CounterError: Its attribute `numbers` has the numbers so far, of all lists.
    """
    numbers: dict[str, int] = {}
    for start in range(0, len(documents), MAX_LIST):
        names = documents[start : start + MAX_LIST]
        try:
            numbers |= zip(names, client.assign_many(key, names), strict=True)
        except CounterError as error:
            error.numbers = numbers | error.numbers
            raise
        on_list(len(names))
    return numbers


def _write(documents: Sequence[str], numbers: Mapping[str, int], path: Path | None) -> None:
    """Write the documents that have numbers, in their order."""
    text = StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["number", "document"])
    rows.writerows([numbers[name], name] for name in documents if name in numbers)
    if path:
        with written_whole(path) as part:  # The same form as that of `register --csv`.
            part.write_text(text.getvalue(), encoding="utf-8-sig", newline="\r\n")
    elif sys.stdout and sys.stdout.isatty():
        click.echo(printable(text.getvalue()), nl=False)
    else:  # A program reads the keys as they are.
        click.echo(text.getvalue(), nl=False)
