"""The items of a counter's table.

The counter's item has the key `systemKey`, and the last number in `counterValue`. A document's item
has the key `systemKey`, a tab and `documentKey`, and its number in `documentNumber`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from atomic_counter.tooling.errors import CommandError

OnPage = Callable[[int], None]


def scan_items(
    dynamodb: Any, table: str, attributes: str, on_page: OnPage, **filtered: Any
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Read a table page by page, and return each key and item.

    Args:
        dynamodb: A boto3 client.
        table: The table's name.
        attributes: The attributes to read.
        on_page: Gets the number of items in each page.
        filtered: The parameters of a filter, if only some of the items are needed.

    Raises:
        CommandError: The table has another key.
        botocore.exceptions.ClientError: DynamoDB refuses, such as for a missing table.
    """
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table, ConsistentRead=True, ProjectionExpression=attributes, **filtered
    )
    for page in pages:
        for item in page["Items"]:
            key = item.get("systemKey", {}).get("S")
            if key is None:
                raise CommandError(f"the key of {table} must be systemKey (S), got another one")
            yield key, item
        on_page(page["ScannedCount"])


def last_number(value: Mapping[str, Any]) -> int | None:
    """Return the last number of a counter, or None if the stored value isn't one."""
    text = value.get("N", "")
    return int(text) if re.fullmatch("0|[1-9][0-9]*", text) else None
