"""The Lambda function: an order gets the number of its invoice, and the invoice is written."""

import os
from typing import Any

from atomic_counter.client import TableClient

client = TableClient(os.environ["TABLE"], deadline=2)


def handle(event: dict[str, str], _context: object) -> dict[str, int]:
    """Return the number of an order's invoice, and write the invoice if it's new."""

    def invoice(number: int) -> list[dict[str, Any]]:
        item = {"id": {"S": event["order"]}, "number": {"N": f"{number}"}}
        put = {"TableName": os.environ["INVOICES"], "Item": item}
        return [{"Put": {**put, "ConditionExpression": "attribute_not_exists(id)"}}]

    key = f"invoices-{event['date'][:4]}"
    return {"number": client.assign(key, event["order"], also=invoice)}
