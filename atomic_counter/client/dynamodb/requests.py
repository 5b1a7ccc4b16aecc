"""The requests to DynamoDB. Their items and conditions are those of the mapping templates."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Literal
from uuid import UUID

from atomic_counter.client.dynamodb.item_keys import counter_key, document_key
from atomic_counter.client.errors import CounterRefusedError

TableKeys = Literal["open", "registered"]
Also = Callable[[int], Sequence[Mapping[str, Any]]]
"""Returns items of `TransactWriteItems`, such as `{"Put": {…}}`, for a number."""
Parameters = dict[str, Any]

# The actions of a transaction that aren't those of the counter and the document.
MAX_ALSO = 98
# The highest value from which the largest count stays within 38 digits.
HIGHEST_BEFORE = 10**38 - 1 - 1000
# The highest number that a document gets, as over HTTP, where `after` has up to 37 digits.
HIGHEST_OF_DOCUMENTS = 10**37
WITH_EXISTING_ITEM = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}


def remembered_request(count: int, idempotency_key: UUID) -> tuple[str, str, str]:
    """Return the text of a request, and the attributes that store it and its number."""
    slot = str(idempotency_key)[-1]
    return f"{idempotency_key} {count}", f"r{slot}", f"n{slot}"


class Requests:
    """Builds the parameters of DynamoDB's actions.

    Args:
        table: The table's name or ARN.
        keys: Which keys count, as for `TableClient`.
    """

    def __init__(self, table: str, keys: TableKeys) -> None:
        self._table = table
        self._are_registered = keys == "registered"

    def count(self, key: str, count: int, idempotency_key: UUID) -> Parameters:
        """Return the parameters of an UpdateItem that adds to a counter."""
        request, request_slot, number_slot = remembered_request(count, idempotency_key)
        return {
            **self._item(counter_key(key)),
            "UpdateExpression": f"ADD counterValue :count SET {request_slot} = :request,"
            f" {number_slot} = if_not_exists(counterValue, :zero) + :count",
            "ConditionExpression": self._of_registered(
                "NOT counterValue < :zero AND NOT counterValue > :limit"
                f" AND NOT {request_slot} = :request"
            ),
            "ExpressionAttributeValues": {
                ":count": _number(count),
                ":limit": _number(HIGHEST_BEFORE),
                ":request": {"S": request},
                ":zero": _number(0),
            },
            **WITH_EXISTING_ITEM,
            "ReturnValues": "UPDATED_NEW",
        }

    def read(self, item_key: str) -> Parameters:
        """Return the parameters of a strongly consistent GetItem."""
        return {
            **self._item(item_key),
            "ConsistentRead": True,
            "ProjectionExpression": "systemKey, counterValue, documentNumber",
        }

    def assign(
        self,
        key: str,
        documents: Sequence[str],
        after: int,
        milliseconds: int,
        also: Iterable[Mapping[str, Any]] = (),
    ) -> Parameters:
        """Return the parameters of a TransactWriteItems: the counter comes first.

        Args:
            key: The counter.
            documents: Those that get the numbers after `after`.
            after: The last number issued.
            milliseconds: The time of issue, since 1970 (UTC).
            also: More items of the transaction.

        Raises:
            CounterRefusedError: A key, a document or a number breaks a rule.
        """
        last = after + len(documents)
        if last > HIGHEST_OF_DOCUMENTS:
            rule = f"the number of a document must be at most {HIGHEST_OF_DOCUMENTS}, got {last}"
            raise CounterRefusedError(rule, HTTPStatus.BAD_REQUEST)
        writes = [self._advance(key, after, last)]
        for number, document in enumerate(documents, after + 1):
            writes.append(self._number_document(document_key(key, document), number, milliseconds))
        return {"TransactItems": [*({"Update": write} for write in writes), *also]}

    def _advance(self, key: str, after: int, last: int) -> Parameters:
        condition = "counterValue = :after"
        if after == 0:
            condition = f"(attribute_not_exists(counterValue) OR {condition})"
        return {
            **self._item(counter_key(key)),
            "UpdateExpression": "SET counterValue = :number",
            "ConditionExpression": self._of_registered(condition),
            "ExpressionAttributeValues": {":after": _number(after), ":number": _number(last)},
            **WITH_EXISTING_ITEM,
        }

    def _number_document(self, item_key: str, number: int, milliseconds: int) -> Parameters:
        # A registered key never becomes a document's item.
        attribute = "systemKey" if self._are_registered else "documentNumber"
        values = {":now": _number(milliseconds), ":number": _number(number)}
        return {
            **self._item(item_key),
            "UpdateExpression": "SET documentNumber = :number, issuedAt = :now",
            "ConditionExpression": f"attribute_not_exists({attribute})",
            "ExpressionAttributeValues": values,
            **WITH_EXISTING_ITEM,
        }

    def _item(self, item_key: str) -> Parameters:
        return {"TableName": self._table, "Key": {"systemKey": {"S": item_key}}}

    def _of_registered(self, condition: str) -> str:
        if not self._are_registered:
            return condition
        return (
            f"attribute_exists(systemKey) AND attribute_not_exists(documentNumber) AND {condition}"
        )


def _number(value: int) -> dict[str, str]:
    return {"N": str(value)}
