"""The command `atomic-counter register`: prove that the numbers of documents are complete.

A document's item has the key `systemKey`, a tab and `documentKey`, and its number in the attribute
`documentNumber`. The counter's item has the key `systemKey`, and the last number in `counterValue`.
"""

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from atomic_counter.tooling.aws import dynamodb_client
from atomic_counter.tooling.errors import CommandError
from atomic_counter.tooling.parameters import output_file
from atomic_counter.tooling.terminal import console, print_table, quoted

OnPage = Callable[[int], None]


@dataclass
class Series:
    """The documents of one key, and its counter.

    Attributes:
        last: The last number that the counter issued: 0 if none. None: its value isn't a number.
        documents: The documents of each number: exactly one, or there is a finding.
        unreadable: The documents whose stored number isn't a whole number above 0.
    """

    last: int | None = 0
    documents: dict[int, list[str]] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)

    def add_document(self, document: str, value: Mapping[str, Any]) -> None:
        """Add a document with the stored value of its number."""
        if re.fullmatch("[1-9][0-9]*", value.get("N", "")):
            self.documents.setdefault(int(value["N"]), []).append(document)
        else:
            self.unreadable.append(document)


@dataclass(frozen=True)
class Findings:
    """What is wrong with a series.

    Attributes:
        missing: The numbers without a document, from the first document's number to the counter's.
        doubled: The numbers with more than one document.
        beyond: The numbers of documents that the counter hasn't reached.
        unreadable: The documents whose stored number isn't a whole number above 0.
        is_counter_unreadable: Whether the counter's value isn't a whole number of 0 or more.
    """

    missing: list[range]
    doubled: list[int]
    beyond: list[int]
    unreadable: list[str]
    is_counter_unreadable: bool

    @classmethod
    def of(cls, series: Series, later: Series) -> "Findings":
        """Find what is wrong with a series that was read twice, or once.

        Documents get numbers while a table is read, and the pages that were read before lack them.
        So a number is missing if the first read lacks it although its counter had reached it, and
        the second read lacks it, too. A number is beyond if the first read has it and the counter
        of the second hasn't reached it.
        """
        last = series.last or 0
        due = [n for n in sorted(series.documents.keys() | later.documents.keys()) if n <= last]
        return cls(
            missing=[range(n + 1, m) for n, m in pairwise([*due, last + 1]) if m > n + 1],
            doubled=[n for n, documents in sorted(later.documents.items()) if len(documents) > 1],
            beyond=[
                n for n in sorted(series.documents) if later.last is not None and n > later.last
            ],
            unreadable=sorted(later.unreadable),
            is_counter_unreadable=later.last is None,
        )

    def __str__(self) -> str:
        texts = {
            "missing": ", ".join(map(_range_text, self.missing)),
            "doubled": ", ".join(map(str, self.doubled)),
            "beyond the counter": ", ".join(map(str, self.beyond)),
            "without a readable number": ", ".join(map(quoted, self.unreadable)),
            "the counter's value isn't a whole number": self.is_counter_unreadable and "yes",
        }
        return "; ".join(f"{name}: {text}" for name, text in texts.items() if text)


def read_series(
    dynamodb: Any, table: str, key: str | None = None, on_page: OnPage = lambda _: None
) -> dict[str, Series]:
    """Return the series that have documents, by key.

    Args:
        dynamodb: A boto3 client.
        table: The table's name.
        key: The only key to read. Default: all.
        on_page: Gets the number of items in each page.

    Raises:
        CommandError: The table has another key.
        botocore.exceptions.ClientError: DynamoDB refuses, such as for a missing table.
    """
    only: dict[str, Any] = {}
    if key is not None:
        only = {
            "FilterExpression": "systemKey = :key OR begins_with(systemKey, :prefix)",
            "ExpressionAttributeValues": {":key": {"S": key}, ":prefix": {"S": f"{key}\t"}},
        }
    series: dict[str, Series] = {}
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table,
        ConsistentRead=True,
        ProjectionExpression="systemKey, counterValue, documentNumber",
        **only,
    )
    for page in pages:
        for item in page["Items"]:
            own_key = item.get("systemKey", {}).get("S")
            if own_key is None:
                raise CommandError(f"the key of {table} must be systemKey (S), got another one")
            if "counterValue" in item:
                series.setdefault(own_key, Series()).last = _last_number(item["counterValue"])
            if "documentNumber" in item:
                of_key, _, document = own_key.rpartition("\t")
                series.setdefault(of_key, Series()).add_document(document, item["documentNumber"])
        on_page(page["ScannedCount"])
    return {
        name: each
        for name, each in sorted(series.items())
        if (each.documents or each.unreadable) and key in (None, name)
    }


def _last_number(value: Mapping[str, Any]) -> int | None:
    text = value.get("N", "")
    return int(text) if re.fullmatch("0|[1-9][0-9]*", text) else None


def examine(
    dynamodb: Any, table: str, key: str | None = None, on_page: OnPage = lambda _: None
) -> tuple[dict[str, Series], dict[str, Findings]]:
    """Return the series by key, and what is wrong with those that aren't complete.

    The arguments and errors are those of `read_series`. If something seems wrong, the table is read
    again, so that numbers which documents get meanwhile aren't taken for missing.
    """

    def findings(later: Mapping[str, Series]) -> dict[str, Findings]:
        found = {k: Findings.of(each, later.get(k, Series())) for k, each in series.items()}
        return {k: each for k, each in found.items() if str(each)}

    series = read_series(dynamodb, table, key, on_page)
    found = findings(series)
    return series, findings(read_series(dynamodb, table, key, on_page)) if found else found


def write_csv(series: Mapping[str, Series], path: Path) -> None:
    """Write key, number and document of every document, in order.

    Without a byte order mark, spreadsheets don't read UTF-8.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["systemKey", "number", "documentKey"])
        for key, each in series.items():
            for number, documents in sorted(each.documents.items()):
                rows.writerows([key, number, document] for document in sorted(documents))


@click.command
@click.argument("table")
@click.argument("key", required=False)
@click.option(
    "--csv", "csv_file", type=output_file(), help="Write numbers and documents to a file, in order."
)
@click.option("--endpoint-url", metavar="URL", help="Another engine than DynamoDB.")
def register(table: str, key: str | None, csv_file: Path | None, endpoint_url: str | None) -> int:
    """Prove that the numbers of documents are complete.

    Reads TABLE, the output tablename, and checks all series, or that of KEY. Exit status: 1 if a
    number is missing, doubled, or beyond the counter.
    """
    columns = TextColumn("items read"), MofNCompleteColumn(), TimeElapsedColumn()
    errors = console(stderr=True)
    with (
        dynamodb_client(endpoint_url) as dynamodb,
        Progress(
            *columns, console=errors, transient=True, disable=not errors.is_terminal
        ) as progress,
    ):
        task = progress.add_task("", total=None)
        series, found = examine(dynamodb, table, key, lambda items: progress.advance(task, items))
    if not series:
        of_key = f" of {quoted(key)}" if key is not None else ""
        raise CommandError(f"no document{of_key} has a number in {table}")
    if csv_file:
        write_csv(series, csv_file)
    print_table(console(), _table(series, found))
    for name, findings in found.items():
        click.echo(f"{quoted(name)}: {findings}")
    return 1 if found else 0


def _table(series: Mapping[str, Series], found: Mapping[str, Findings]) -> Table:
    table = Table(title="The register")
    for heading in ("key", "documents", "from", "to", "last number", "series"):
        table.add_column(heading, justify="left" if heading in ("key", "series") else "right")
    for key, each in series.items():
        numbers = each.documents or [0]
        table.add_row(
            quoted(key),
            f"{sum(map(len, each.documents.values())):,}",
            str(min(numbers)),
            str(max(numbers)),
            str(each.last),
            "wrong" if key in found else "complete",
        )
    return table


def _range_text(numbers: range) -> str:
    first, last = numbers[0], numbers[-1]
    return str(first) if first == last else f"{first} to {last}"
