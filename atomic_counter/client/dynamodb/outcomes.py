"""What the items and errors of DynamoDB mean. The messages are those of the HTTP API."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from atomic_counter.client.dynamodb.errors import DynamoDbError
from atomic_counter.client.errors import (
    CounterRefusedError,
    CounterUnavailableError,
    OvertakenError,
    PartlyAssignedError,
    RecordRefusedError,
)

NOT_REGISTERED = "this systemKey is not registered"
NOT_WHOLE = (
    "the value stored for this systemKey is not a whole number of 0 or more or has reached"
    " 38 digits"
)
NO_DOCUMENT = "the value stored for this documentKey is not a whole number above 0"
IS_REGISTERED = "systemKey and documentKey joined by a tab are a registered systemKey"
SOME_NUMBERED = "some of these documents have a number"
NOT_LAST = "after is not the last number of this systemKey"
IN_PROGRESS = "another document of this systemKey gets its number at this moment"

CONDITION_FAILED = "ConditionalCheckFailed"
# The highest number that another one follows: that has at most 38 digits.
MAX_AFTER = 10**37 - 1
THROTTLES = {"ThrottlingError", "ProvisionedThroughputExceeded"}
Item = Mapping[str, Any]


def counted(attributes: Item, least: int = 0) -> int:
    """Return the value of a counter, which is `least` or higher."""
    number = _stored(attributes, "counterValue")
    if number is None or number < least:
        raise CounterRefusedError(NOT_WHOLE, HTTPStatus.CONFLICT)
    return number


def last_issued(item: Item, *, are_registered: bool) -> int:
    """Return the last number in the item of a counter, 0 if there is none."""
    if are_registered and not _is_registered(item):
        raise CounterRefusedError(NOT_REGISTERED, HTTPStatus.NOT_FOUND)
    return counted(item) if "counterValue" in item else 0


def document_number(item: Item) -> int | None:
    """Return the number in the item of a document, or None if it has none."""
    number = _stored(item, "documentNumber")
    if "documentNumber" in item and not number:
        raise CounterRefusedError(NO_DOCUMENT, HTTPStatus.CONFLICT)
    return number


def remembered(error: DynamoDbError, request: tuple[str, str, str], *, are_registered: bool) -> int:
    """Return the number that a request got before, or raise the reason for which it gets none.

    Args:
        error: The error of the UpdateItem.
        request: The text of the request, and the attributes that store it and its number.
        are_registered: Whether only registered keys count.
    """
    if error.code == "ValidationException" and re.search(
        "incorrect data type|Number overflow", error.message
    ):
        raise CounterRefusedError(NOT_WHOLE, HTTPStatus.CONFLICT) from error
    if error.code != "ConditionalCheckFailedException":
        raise error
    item: Item = error.details.get("Item") or {}
    text, request_slot, number_slot = request
    number = _stored(item, number_slot)
    if item.get(request_slot) == {"S": text} and number is not None:
        return number
    if are_registered and not _is_registered(item):
        raise CounterRefusedError(NOT_REGISTERED, HTTPStatus.NOT_FOUND) from error
    raise CounterRefusedError(NOT_WHOLE, HTTPStatus.CONFLICT) from error


def numbers_before(
    error: DynamoDbError, documents: int, also: Sequence[Item], *, are_registered: bool
) -> list[int]:
    """Return the numbers that documents got before, or raise why the transaction was canceled.

    Args:
        error: The error of the transaction: its counter comes first, then the documents.
        documents: How many documents the transaction has.
        also: The items of the caller, which come last.
        are_registered: Whether only registered keys count.
    """
    reasons: Sequence[Item] = error.details.get("CancellationReasons") or ()
    if len(reasons) != 1 + documents + len(also):
        raise error
    of_documents, of_also = reasons[1 : documents + 1], reasons[documents + 1 :]
    found = [_number_of(reason) for reason in of_documents]
    numbers = [number for number in found if number is not None]
    if len(numbers) == documents:
        return numbers
    if numbers:
        raise PartlyAssignedError(SOME_NUMBERED, HTTPStatus.CONFLICT, found) from error
    if reasons[0].get("Code") == CONDITION_FAILED:
        raise _refusal_by(reasons[0].get("Item") or {}, are_registered) from error
    codes = {reason.get("Code") for reason in reasons}
    if codes & THROTTLES:
        raise CounterUnavailableError(error.message, HTTPStatus.TOO_MANY_REQUESTS) from error
    if "TransactionConflict" in codes:
        raise OvertakenError(IN_PROGRESS, HTTPStatus.PRECONDITION_FAILED) from error
    for index, (item, reason) in enumerate(zip(also, of_also, strict=True)):
        if reason.get("Code") != "None":
            raise RecordRefusedError(index, item, reason) from error
    raise error


def _number_of(reason: Item) -> int | None:
    item: Item = reason.get("Item") or {}
    if reason.get("Code") == CONDITION_FAILED and "documentNumber" not in item:
        raise CounterRefusedError(IS_REGISTERED, HTTPStatus.CONFLICT)
    return document_number(item)


def _refusal_by(counter: Item, are_registered: bool) -> CounterRefusedError | OvertakenError:
    try:
        last = last_issued(counter, are_registered=are_registered)
    except CounterRefusedError as refusal:
        return refusal
    if last > MAX_AFTER:
        return CounterRefusedError(NOT_WHOLE, HTTPStatus.CONFLICT)
    overtaken = OvertakenError(NOT_LAST, HTTPStatus.PRECONDITION_FAILED)
    overtaken.last_number = last
    return overtaken


def _is_registered(item: Item) -> bool:
    return bool(item) and "documentNumber" not in item


def _stored(item: Item, name: str) -> int | None:
    """Return a stored whole number of up to 38 digits, or None."""
    text = item.get(name, {}).get("N", "")
    return int(text) if re.fullmatch("0|[1-9][0-9]{0,37}", text) else None
