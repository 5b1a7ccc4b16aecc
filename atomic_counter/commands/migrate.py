"""The command `atomic-counter migrate`: copy the counters of another table.

The source is a table of the 2021 pattern, or a table of this stack, such as a restored one. No
counter is ever set back: a second run copies what the source has counted since the first, and skips
the counters that are ahead in the target.
"""

import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from typing import Any

import click

from atomic_counter.tooling.aws import dynamodb_client
from atomic_counter.tooling.errors import CommandError
from atomic_counter.tooling.parameters import whole_number
from atomic_counter.tooling.terminal import quoted

# How far the value is ahead of the last number issued, by the name of the source's key. The 2021
# pattern stores the next number.
VALUE_AHEAD = {"systemKey": 0, "atomicCounter": 1}
# The number of connections that a boto3 client keeps.
THREADS = 10
# A number of DynamoDB has at most 38 digits.
NUMBER_LIMIT = 10**38
OUTCOMES = {
    "raised": "raised to {last}",
    "skipped": "skipped, as it isn't behind {last}",
    "registered": "registered, as it has issued no number",
    "copied": "copied, as a document with number {last}",
    "conflicting": "failed, as this document has another number than {last} in the target",
    "failed": "failed, as its value in the {table} isn't a whole number from 0, of up to 38 digits",
}


@dataclass(frozen=True)
class MigratedCounter:
    """The outcome for one counter.

    Attributes:
        key: Its key.
        outcome: One of `OUTCOMES`.
        last: The last number that counts as issued, or the number of a document. None: none, or
            none that the target can store.
        table: The table whose value decided: `source` or `target`.
    """

    key: str
    outcome: str
    last: int | None = None
    table: str = "source"

    def __str__(self) -> str:
        text = OUTCOMES[self.outcome].format(last=self.last, table=self.table)
        return f"{quoted(self.key)}: {text}"


def migrate_counters(
    dynamodb: Any, source: str, target: str, *, ahead: int = 0, dry_run: bool = False
) -> Iterator[MigratedCounter]:
    """Copy every counter and document, ten at a time, and return the outcomes.

    Args:
        dynamodb: A boto3 client.
        source: The name of the table to read.
        target: The name of this stack's table.
        ahead: Numbers to skip: more than the source has issued without storing them, or issues
            meanwhile. Default: 0.
        dry_run: Whether to write nothing, and only return the outcomes. Default: False.

    Raises:
        CommandError: The source has another key.
        botocore.exceptions.ClientError: DynamoDB refuses, such as for a missing table.
    """
    key_name = _key_name(dynamodb, source)
    write = _compare if dry_run else _raise

    def migrate_item(item: dict[str, Any]) -> list[MigratedCounter]:
        if "documentNumber" not in item:
            return [migrate_counter(item)]
        document = _migrate_document(dynamodb, target, item, dry_run=dry_run)
        return [document, *([migrate_counter(item)] if "counterValue" in item else [])]

    def migrate_counter(item: dict[str, Any]) -> MigratedCounter:
        key = item[key_name]["S"]
        if "counterValue" not in item and not ahead:
            if not dry_run:
                dynamodb.update_item(TableName=target, Key={"systemKey": {"S": key}})
            return MigratedCounter(key, "registered")
        last = _last_issued(item, VALUE_AHEAD[key_name], ahead)
        if last is None:
            return MigratedCounter(key, "failed")
        return MigratedCounter(key, write(dynamodb, target, key, last), last, "target")

    with ThreadPoolExecutor(THREADS) as threads:
        for page in dynamodb.get_paginator("scan").paginate(TableName=source, ConsistentRead=True):
            yield from chain.from_iterable(threads.map(migrate_item, page["Items"]))


def _key_name(dynamodb: Any, source: str) -> str:
    table = dynamodb.describe_table(TableName=source)["Table"]
    types = {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]}
    key = [
        f"{part['AttributeName']} ({types[part['AttributeName']]})" for part in table["KeySchema"]
    ]
    allowed = {f"{name} (S)": name for name in VALUE_AHEAD}
    if len(key) != 1 or key[0] not in allowed:
        raise CommandError(
            f"the key of {source} must be {' or '.join(allowed)}, got {' and '.join(key)}"
        )
    return allowed[key[0]]


def _last_issued(item: dict[str, Any], value_ahead: int, ahead: int) -> int | None:
    value = item.get("counterValue", {"N": str(value_ahead)}).get("N", "")
    if not re.fullmatch(r"[0-9]+", value):
        return None
    last = max(0, int(value) - value_ahead) + ahead
    return last if last < NUMBER_LIMIT else None


def _migrate_document(
    dynamodb: Any, table: str, item: dict[str, Any], *, dry_run: bool
) -> MigratedCounter:
    key, value = item["systemKey"]["S"], item["documentNumber"]
    if not re.fullmatch("[1-9][0-9]*", value.get("N", "")):
        return MigratedCounter(key, "failed")
    if dry_run:
        is_same = _read(dynamodb, table, key).get("documentNumber", value) == value
    else:
        is_same = _set_document(dynamodb, table, key, value)
    return MigratedCounter(key, "copied" if is_same else "conflicting", int(value["N"]))


def _set_document(dynamodb: Any, table: str, key: str, number: dict[str, str]) -> bool:
    """Give a document its number, and return whether it has no other one."""
    try:
        dynamodb.update_item(
            TableName=table,
            Key={"systemKey": {"S": key}},
            UpdateExpression="SET documentNumber = :number",
            ConditionExpression="attribute_not_exists(documentNumber) OR documentNumber = :number",
            ExpressionAttributeValues={":number": number},
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True


def _compare(dynamodb: Any, table: str, key: str, last: int) -> str:
    return _outcome(_read(dynamodb, table, key), last)


def _read(dynamodb: Any, table: str, key: str) -> dict[str, Any]:
    found = dynamodb.get_item(TableName=table, Key={"systemKey": {"S": key}}, ConsistentRead=True)
    item: dict[str, Any] = found.get("Item", {})
    return item


def _outcome(item: dict[str, Any], last: int) -> str:
    value = item.get("counterValue", {"N": "-Infinity"})
    if "N" not in value:
        return "failed"
    return "raised" if Decimal(value["N"]) < last else "skipped"


def _raise(dynamodb: Any, table: str, key: str, last: int) -> str:
    try:
        dynamodb.update_item(
            TableName=table,
            Key={"systemKey": {"S": key}},
            UpdateExpression="SET counterValue = :last",
            ConditionExpression="attribute_not_exists(counterValue) OR counterValue < :last",
            ExpressionAttributeValues={":last": {"N": str(last)}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except dynamodb.exceptions.ConditionalCheckFailedException as error:
        return _outcome(error.response["Item"], last)
    return "raised"


@click.command
@click.argument("source")
@click.argument("target")
@click.option(
    "--ahead",
    type=whole_number(0),
    default=0,
    help="Skip N numbers, which the source may have issued without storing them. Default: 0.",
)
@click.option("--dry-run", is_flag=True, help="Write nothing.")
@click.option("--endpoint-url", metavar="URL", help="Another engine than DynamoDB.")
def migrate(source: str, target: str, ahead: int, dry_run: bool, endpoint_url: str | None) -> int:
    """Copy the counters of another table.

    SOURCE is a table of the 2021 pattern, or another table of this stack, whose documents are
    copied, too. TARGET is this stack's table, its output tablename. Exit status: 1 if a counter
    couldn't be copied.
    """
    outcomes = Counter(dict.fromkeys(OUTCOMES, 0))
    try:
        with dynamodb_client(endpoint_url) as dynamodb:
            for counter in migrate_counters(dynamodb, source, target, ahead=ahead, dry_run=dry_run):
                click.echo(str(counter))
                outcomes[counter.outcome] += 1
    except KeyboardInterrupt:
        click.echo("interrupted: run it again to copy the rest", err=True)
        raise click.Abort from None
    click.echo(", ".join(f"{number} {outcome}" for outcome, number in outcomes.items()))
    if dry_run:
        click.echo("dry run: nothing was written")
    return 1 if outcomes["failed"] or outcomes["conflicting"] else 0
