"""Take over the counters of another table: `python -m atomic_counter.migrate SOURCE TARGET`.

The source is a table of the 2021 pattern, or a restored one of this stack. A counter is never set
back: run again, it takes over what the source has counted since, and leaves alone what has counted
on in the target.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.table import Table

# By the source's key: what its value is ahead of the last number given out. In the 2021 pattern it
# is the next number.
VALUE_AHEAD = {"systemKey": 0, "atomicCounter": 1}


class SourceError(Exception):
    """The source is no table of counters."""


@dataclass(frozen=True)
class Moved:
    """What became of one counter.

    Attributes:
        key: Its key.
        taken: The last number that counts as given out; None where the source has no whole number.
        is_written: Whether the target was behind that.
    """

    key: str
    taken: int | None
    is_written: bool


def migrate(
    dynamodb: Any, source: str, target: str, *, ahead: int = 0, dry_run: bool = False
) -> Iterator[Moved]:
    """Take over every counter, and tell what became of each.

    Args:
        dynamodb: A boto3 client.
        source: The name of the table to read.
        target: The name of this stack's table.
        ahead: Numbers to be skipped: more than the source has given out and does not know of, or
            gives out meanwhile. Default: 0.
        dry_run: Write nothing.

    Raises:
        SourceError: The source has another key.
        botocore.exceptions.ClientError: DynamoDB refuses, such as for a table that is not there.
    """
    key_name = _key_of(dynamodb, source)
    for page in dynamodb.get_paginator("scan").paginate(TableName=source, ConsistentRead=True):
        for item in page["Items"]:
            key = item[key_name]["S"]
            value = item.get("counterValue", {}).get("N", "")
            if not value.isdecimal():
                yield Moved(key, None, is_written=False)
                continue
            taken = int(value) - VALUE_AHEAD[key_name] + ahead
            yield Moved(key, taken, not dry_run and _raise(dynamodb, target, key, taken))


def _key_of(dynamodb: Any, source: str) -> str:
    schema = dynamodb.describe_table(TableName=source)["Table"]["KeySchema"]
    names = [str(key["AttributeName"]) for key in schema]
    if len(names) != 1 or names[0] not in VALUE_AHEAD:
        allowed = " or ".join(VALUE_AHEAD)
        raise SourceError(f"{source} has the key {' and '.join(names)}, not {allowed}")
    return names[0]


def _raise(dynamodb: Any, table: str, key: str, taken: int) -> bool:
    try:
        dynamodb.update_item(
            TableName=table,
            Key={"systemKey": {"S": key}},
            UpdateExpression="SET counterValue = :taken",
            ConditionExpression="attribute_not_exists(counterValue) OR counterValue < :taken",
            ExpressionAttributeValues={":taken": {"N": str(taken)}},
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 1 if a counter could not be moved, or DynamoDB refused."""
    parser = argparse.ArgumentParser(prog="python -m atomic_counter.migrate", description=__doc__)
    parser.add_argument("source", help="a table of the 2021 pattern, or a restored one")
    parser.add_argument("target", help="this stack's table, its output tablename")
    parser.add_argument(
        "--ahead",
        type=_whole,
        default=0,
        metavar="N",
        help="numbers to skip: more than were given out that the source does not know of",
    )
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    parser.add_argument("--endpoint-url", metavar="URL", help="another engine than DynamoDB")
    options = parser.parse_args(arguments)
    table = Table("key", "last number given out", "written")
    try:
        dynamodb = boto3.client("dynamodb", endpoint_url=options.endpoint_url)
        moved = list(
            migrate(
                dynamodb,
                options.source,
                options.target,
                ahead=options.ahead,
                dry_run=options.dry_run,
            )
        )
    except (SourceError, BotoCoreError, ClientError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for counter in moved:
        taken = "not a whole number" if counter.taken is None else str(counter.taken)
        table.add_row(counter.key, taken, "yes" if counter.is_written else "no")
    Console().print(table)
    return 1 if any(counter.taken is None for counter in moved) else 0


def _whole(text: str) -> int:
    if text.isdecimal():
        return int(text)
    raise argparse.ArgumentTypeError(f"a whole number is needed, not {text}")


if __name__ == "__main__":
    sys.exit(main())
