"""The table of a caller, whose records are written with the numbers of documents."""

from typing import Any

from tests.counter_under_test import local_dynamodb
from tests.served_counter import ServedCounter

ORDERS = "orders"


def create_orders(counter: ServedCounter) -> None:
    """Create the table in the engine of a counter."""
    local_dynamodb(counter.endpoint).create_table(
        TableName=ORDERS,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def record(document: str, number: int) -> dict[str, Any]:
    """Return the action that writes a new record of a document."""
    item = {"id": {"S": document}, "number": {"N": str(number)}, "proof": {"B": b"\x00\xff"}}
    condition = "attribute_not_exists(id)"
    return {"Put": {"TableName": ORDERS, "Item": item, "ConditionExpression": condition}}


def stored_records(counter: ServedCounter) -> set[tuple[str, int]]:
    """Return the documents and numbers of all records."""
    pages = local_dynamodb(counter.endpoint).get_paginator("scan").paginate(TableName=ORDERS)
    items = [item for page in pages for item in page["Items"]]
    assert all(item["proof"] == {"B": b"\x00\xff"} for item in items)
    return {(item["id"]["S"], int(item["number"]["N"])) for item in items}
