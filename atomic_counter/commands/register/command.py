"""The command `atomic-counter register`."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
from rich.table import Table

from atomic_counter.commands.register.reading import examine
from atomic_counter.commands.register.series import DocumentSeries, Findings, time_text
from atomic_counter.tooling.aws import dynamodb_client
from atomic_counter.tooling.errors import CommandError
from atomic_counter.tooling.files import written_whole
from atomic_counter.tooling.parameters import (
    ParameterType,
    endpoint_option,
    output_file,
    whole_number,
)
from atomic_counter.tooling.terminal import console, print_table, progress, quoted


def write_csv(series: Mapping[str, DocumentSeries], path: Path) -> None:
    """Write every document and its number, in order, or leave the file as it is.

    Without a byte order mark, spreadsheets don't read UTF-8.
    """
    with written_whole(path) as part, part.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["systemKey", "number", "documentKey", "issuedAt"])
        for key, each in series.items():
            for number, documents in sorted(each.documents.items()):
                for document in sorted(documents):
                    time = time_text(each.issued_at.get(document))
                    rows.writerow([key, number, document, time])


def _start(text: str) -> tuple[str, int]:
    """Return the two sides of `KEY=N`, in which KEY can have any character or be absent."""
    key, _, number = text.rpartition("=")
    start: int = whole_number(1).parse(number)
    return key, start


@click.command
@click.argument("table")
@click.argument("key", required=False)
@click.option(
    "--from",
    "starts",
    type=ParameterType("KEY=N", "N, or KEY=N, with a whole number N of at least 1", _start),
    multiple=True,
    help="The series of KEY begins at N, and not at 1. Repeatable. With the argument KEY: only N.",
)
@click.option(
    "--csv", "csv_file", type=output_file(), help="Write numbers and documents to a file, in order."
)
@endpoint_option
def register(
    table: str,
    key: str | None,
    starts: Sequence[tuple[str, int]],
    csv_file: Path | None,
    endpoint_url: str | None,
) -> int:
    """Prove that the numbers of documents are complete.

    Reads TABLE, the output tablename, and checks all series, or that of KEY, up to the last number
    that its counter has at first. Exit status: 1 if a number is missing, doubled, or beyond the
    counter.
    """
    first_numbers = _first_numbers(starts, key)
    with dynamodb_client(endpoint_url) as dynamodb, progress("items read") as advance:
        series, found = examine(dynamodb, table, key, advance, first_numbers)
    if not series:
        of_key = f" of {quoted(key)}" if key is not None else ""
        raise CommandError(f"no document{of_key} has a number in {table}")
    for name in first_numbers.keys() - series.keys():
        raise CommandError(f"--from must name a series of {table}, got {quoted(name)}")
    if csv_file:
        write_csv(series, csv_file)
    _print(series, found)
    return 1 if found else 0


def _first_numbers(starts: Sequence[tuple[str, int]], key: str | None) -> dict[str, int]:
    if key is None and any(not name for name, _ in starts):
        raise click.UsageError("--from must be KEY=N for a register of all series")
    return {name or str(key): number for name, number in starts}


def _print(series: Mapping[str, DocumentSeries], found: Mapping[str, Findings]) -> None:
    print_table(console(), _table(series, found))
    for name, findings in found.items():
        click.echo(f"{quoted(name)}: {findings}")
    if any(each.missing and each.missing[0].start == 1 for each in found.values()):
        click.echo("If a series began at another number than 1, name that number with --from.")


def _table(series: Mapping[str, DocumentSeries], found: Mapping[str, Findings]) -> Table:
    table = Table(title="The register")
    numbers = ("documents", "from", "to", "last number")
    for heading in ("key", *numbers, "series", "first issued", "last issued"):
        table.add_column(heading, justify="right" if heading in numbers else "left")
    for key, each in series.items():
        table.add_row(
            quoted(key),
            f"{sum(map(len, each.documents.values())):,}",
            str(min(each.documents, default="")),
            str(max(each.documents, default="")),
            str(each.last),
            "wrong" if key in found else f"complete up to {each.last}",
            *each.times,
        )
    return table
