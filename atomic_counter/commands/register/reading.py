"""Reads the series of a table, which can be in use meanwhile."""

from collections.abc import Mapping
from typing import Any

from atomic_counter.commands.register.series import DocumentSeries, Findings
from atomic_counter.tooling.items import OnPage, last_number, scan_items


def examine(
    dynamodb: Any,
    table: str,
    key: str | None = None,
    on_page: OnPage = lambda _: None,
    starts: Mapping[str, int] | None = None,
) -> tuple[dict[str, DocumentSeries], dict[str, Findings]]:
    """Return the series by key, and what is wrong with those that aren't complete.

    Each series is up to the last number that its counter had at first. If something seems wrong,
    the table is read again, which finds the documents that got their numbers meanwhile.

    Args:
        dynamodb: A boto3 client.
        table: The table's name.
        key: The only key to read. Default: all.
        on_page: Gets the number of items in each page.
        starts: The number with which a series begins, by key. Default: 1.

    Raises:
        CommandError: The table has another key.
        botocore.exceptions.ClientError: DynamoDB refuses, such as for a missing table.
    """
    series = later = read_series(dynamodb, table, key, on_page)
    for name, each in series.items():
        each.first = (starts or {}).get(name, each.first)
    found = _findings(series, later)
    if any(map(str, found.values())):
        later = read_series(dynamodb, table, key, on_page)
        found = _findings(series, later)
    proven = {
        k: found[k].proven(each, later.get(k, DocumentSeries())) for k, each in series.items()
    }
    return proven, {k: each for k, each in found.items() if str(each)}


def _findings(
    series: Mapping[str, DocumentSeries], later: Mapping[str, DocumentSeries]
) -> dict[str, Findings]:
    return {k: Findings.of(each, later.get(k, DocumentSeries())) for k, each in series.items()}


def read_series(
    dynamodb: Any, table: str, key: str | None = None, on_page: OnPage = lambda _: None
) -> dict[str, DocumentSeries]:
    """Return the series of which numbers were issued, by key.

    The arguments and errors are those of `examine`.
    """
    only: dict[str, Any] = {}
    if key is not None:
        only = {
            "FilterExpression": "systemKey = :key OR begins_with(systemKey, :prefix)",
            "ExpressionAttributeValues": {":key": {"S": key}, ":prefix": {"S": f"{key}\t"}},
        }
    series: dict[str, DocumentSeries] = {}
    attributes = "systemKey, counterValue, documentNumber, issuedAt"
    for own_key, item in scan_items(dynamodb, table, attributes, on_page, **only):
        if "counterValue" in item:
            series.setdefault(own_key, DocumentSeries()).last = last_number(item["counterValue"])
        if "documentNumber" in item:
            of_key, _, document = own_key.rpartition("\t")
            series.setdefault(of_key, DocumentSeries()).add_document(
                document, item["documentNumber"], item.get("issuedAt", {})
            )
    return {
        name: each for name, each in sorted(series.items()) if each.is_used and key in (None, name)
    }
