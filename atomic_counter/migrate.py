"""Take over the counters of another table: `python -m atomic_counter.migrate SOURCE TARGET`.

The source is a table of the 2021 pattern, or another one of this stack, such as a restored one. A
counter is never set back: run again, it takes over what the source has counted since, and leaves
alone what has counted on in the target.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

# By the source's key: what its value is ahead of the last number given out. In the 2021 pattern it
# is the next number.
VALUE_AHEAD = {"systemKey": 0, "atomicCounter": 1}
# As many as the connections that a boto3 client keeps.
AT_ONCE = 10
# A number of DynamoDB has 38 digits at most.
BEYOND_DYNAMODB = 10**38
OUTCOMES = {
    "raised": "raised to {taken}",
    "left alone": "left alone, as it is not behind {taken}",
    "not moved": "not moved, as it has no whole number of up to 38 digits",
}


class SourceError(Exception):
    """The source is no table of counters."""


@dataclass(frozen=True)
class Moved:
    """What became of one counter.

    Attributes:
        key: Its key.
        taken: The last number that counts as given out; None where the source has no whole number
            for it that the target can take.
        is_raised: Whether the target was behind that.
    """

    key: str
    taken: int | None
    is_raised: bool

    @property
    def outcome(self) -> str:
        """`raised`, `left alone` or `not moved`."""
        if self.taken is None:
            return "not moved"
        return "raised" if self.is_raised else "left alone"

    def __str__(self) -> str:
        return f"{json.dumps(self.key)}: {OUTCOMES[self.outcome].format(taken=self.taken)}"


def migrate(
    dynamodb: Any, source: str, target: str, *, ahead: int = 0, dry_run: bool = False
) -> Iterator[Moved]:
    """Take over every counter, ten at once, and tell of each what became of it.

    Args:
        dynamodb: A boto3 client.
        source: The name of the table to read.
        target: The name of this stack's table.
        ahead: Numbers to be skipped: more than the source has given out and does not know of, or
            gives out meanwhile. Default: 0.
        dry_run: Write nothing, and tell what would become of each. Default: False.

    Raises:
        SourceError: The source has another key.
        botocore.exceptions.ClientError: DynamoDB refuses, such as for a table that is not there.
    """
    key_name = _key_of(dynamodb, source)
    is_raised = _is_behind if dry_run else _raise

    def move(item: dict[str, Any]) -> Moved:
        key = item[key_name]["S"]
        taken = _taken(item, ahead - VALUE_AHEAD[key_name])
        return Moved(key, taken, taken is not None and is_raised(dynamodb, target, key, taken))

    with ThreadPoolExecutor(AT_ONCE) as threads:
        for page in dynamodb.get_paginator("scan").paginate(TableName=source, ConsistentRead=True):
            yield from threads.map(move, page["Items"])


def _key_of(dynamodb: Any, source: str) -> str:
    schema = dynamodb.describe_table(TableName=source)["Table"]["KeySchema"]
    names = [str(key["AttributeName"]) for key in schema]
    if len(names) != 1 or names[0] not in VALUE_AHEAD:
        allowed = " or ".join(VALUE_AHEAD)
        raise SourceError(f"{source} has the key {' and '.join(names)}, not {allowed}")
    return names[0]


def _taken(item: dict[str, Any], ahead: int) -> int | None:
    value = item.get("counterValue", {}).get("N", "")
    if not re.fullmatch(r"-?[0-9]+", value):
        return None
    taken = int(value) + ahead
    return taken if taken < BEYOND_DYNAMODB else None


def _is_behind(dynamodb: Any, table: str, key: str, taken: int) -> bool:
    found = dynamodb.get_item(TableName=table, Key={"systemKey": {"S": key}}, ConsistentRead=True)
    value = found.get("Item", {}).get("counterValue")
    return value is None or ("N" in value and Decimal(value["N"]) < taken)


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
    parser.add_argument("source", help="a table of the 2021 pattern, or another one of this stack")
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
    outcomes = Counter(dict.fromkeys(OUTCOMES, 0))
    try:
        dynamodb = boto3.client("dynamodb", endpoint_url=options.endpoint_url)
        for counter in migrate(
            dynamodb, options.source, options.target, ahead=options.ahead, dry_run=options.dry_run
        ):
            print(counter)
            outcomes[counter.outcome] += 1
    except (SourceError, BotoCoreError, ClientError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted: run again, it goes on with the rest", file=sys.stderr)
        return 130
    print(", ".join(f"{number} {outcome}" for outcome, number in outcomes.items()))
    if options.dry_run:
        print("dry run: nothing was written")
    return 1 if outcomes["not moved"] else 0


def _whole(text: str) -> int:
    if text.isdecimal():
        return int(text)
    raise argparse.ArgumentTypeError(f"a whole number is needed, not {text}")


if __name__ == "__main__":
    sys.exit(main())
