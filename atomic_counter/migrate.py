"""The command `atomic-counter migrate`: copy the counters of another table.

The source is a table of the 2021 pattern, or a table of this stack, such as a restored one. No
counter is ever set back: a second run copies what the source has counted since the first, and skips
the counters that are ahead in the target.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import boto3
import click
from botocore.exceptions import BotoCoreError, ClientError

from atomic_counter.tooling.errors import CommandError
from atomic_counter.tooling.parameters import whole_number

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
    "failed": "failed, as its value isn't a whole number of up to 38 digits",
}


@dataclass(frozen=True)
class MigratedCounter:
    """The outcome for one counter.

    Attributes:
        key: Its key.
        last: The last number that counts as issued. None: the source has no whole number that the
            target can store.
        is_raised: Whether the target was behind `last`.
    """

    key: str
    last: int | None
    is_raised: bool

    @property
    def outcome(self) -> str:
        """`raised`, `skipped` or `failed`."""
        if self.last is None:
            return "failed"
        return "raised" if self.is_raised else "skipped"

    def __str__(self) -> str:
        return f"{json.dumps(self.key)}: {OUTCOMES[self.outcome].format(last=self.last)}"


def migrate_counters(
    dynamodb: Any, source: str, target: str, *, ahead: int = 0, dry_run: bool = False
) -> Iterator[MigratedCounter]:
    """Copy every counter, ten at a time, and return the outcomes.

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
    write = _is_behind if dry_run else _raise

    def migrate_counter(item: dict[str, Any]) -> MigratedCounter:
        key = item[key_name]["S"]
        last = _last_issued(item, ahead - VALUE_AHEAD[key_name])
        is_raised = last is not None and write(dynamodb, target, key, last)
        return MigratedCounter(key, last, is_raised)

    with ThreadPoolExecutor(THREADS) as threads:
        for page in dynamodb.get_paginator("scan").paginate(TableName=source, ConsistentRead=True):
            yield from threads.map(migrate_counter, page["Items"])


def _key_name(dynamodb: Any, source: str) -> str:
    schema = dynamodb.describe_table(TableName=source)["Table"]["KeySchema"]
    names = [str(key["AttributeName"]) for key in schema]
    if len(names) != 1 or names[0] not in VALUE_AHEAD:
        allowed = " or ".join(VALUE_AHEAD)
        raise CommandError(f"the key of {source} must be {allowed}, got {' and '.join(names)}")
    return names[0]


def _last_issued(item: dict[str, Any], ahead: int) -> int | None:
    value = item.get("counterValue", {}).get("N", "")
    if not re.fullmatch(r"-?[0-9]+", value):
        return None
    last = int(value) + ahead
    return last if last < NUMBER_LIMIT else None


def _is_behind(dynamodb: Any, table: str, key: str, last: int) -> bool:
    found = dynamodb.get_item(TableName=table, Key={"systemKey": {"S": key}}, ConsistentRead=True)
    value = found.get("Item", {}).get("counterValue")
    return value is None or ("N" in value and Decimal(value["N"]) < last)


def _raise(dynamodb: Any, table: str, key: str, last: int) -> bool:
    try:
        dynamodb.update_item(
            TableName=table,
            Key={"systemKey": {"S": key}},
            UpdateExpression="SET counterValue = :last",
            ConditionExpression="attribute_not_exists(counterValue) OR counterValue < :last",
            ExpressionAttributeValues={":last": {"N": str(last)}},
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True


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

    SOURCE is a table of the 2021 pattern, or another table of this stack. TARGET is this stack's
    table, its output tablename. Exit status: 1 if a counter couldn't be copied.
    """
    outcomes = Counter(dict.fromkeys(OUTCOMES, 0))
    try:
        dynamodb = boto3.client("dynamodb", endpoint_url=endpoint_url)
        for counter in migrate_counters(dynamodb, source, target, ahead=ahead, dry_run=dry_run):
            click.echo(str(counter))
            outcomes[counter.outcome] += 1
    except (BotoCoreError, ClientError) as error:
        raise CommandError(str(error)) from None
    except KeyboardInterrupt:
        click.echo("interrupted: run it again to copy the rest", err=True)
        raise click.Abort from None
    click.echo(", ".join(f"{number} {outcome}" for outcome, number in outcomes.items()))
    if dry_run:
        click.echo("dry run: nothing was written")
    return 1 if outcomes["failed"] else 0
