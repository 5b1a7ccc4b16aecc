"""What a response of DynamoDB's API is."""

import json
import zlib
from http import HTTPStatus
from typing import Any

from atomic_counter.client.connections import Attempt, Response
from atomic_counter.client.dynamodb.errors import DynamoDbError
from atomic_counter.client.errors import CounterUnavailableError, UnexpectedResponseError

# Of a transaction of 4 MB, with the existing items of failed conditions.
MAX_DOCUMENT_BYTES = 8 * 1024 * 1024
DOCUMENT_TYPE = "application/x-amz-json-1.0"
RETRYABLE = (
    "ProvisionedThroughputExceededException",
    "ReplicatedWriteConflictException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
)


def document_or_error(response: Response, attempt: Attempt) -> dict[str, Any] | DynamoDbError:
    """Return what is in a response: a document, or the error for which DynamoDB refuses.

    The error can contain a number. It's returned, so that a repeated one is discovered, too.

    Args:
        response: The response.
        attempt: The attempt that got it.

    Raises:
        CounterUnavailableError: There is no result, and a retry can get one.
    """
    status, body = response.status, response.body
    checksum = response.headers.get("x-amz-crc32", "")
    if checksum and checksum != str(zlib.crc32(body)):
        raise CounterUnavailableError("garbled response", status)
    document = _document(response)
    kind = document.get("__type") if document is not None else None
    attempt.is_of_counter = isinstance(kind, str) or (
        document is not None and status == HTTPStatus.OK
    )
    if document is not None and status == HTTPStatus.OK:
        return document
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise CounterUnavailableError(response.reason or "no reason", status)
    if document is None or not isinstance(kind, str):
        raise UnexpectedResponseError(f"not a response of DynamoDB: {body[:100]!r}", status)
    code = kind.rpartition("#")[2]
    message = str(document.get("message") or document.get("Message"))
    if code in RETRYABLE:
        raise CounterUnavailableError(f"{code}: {message}", HTTPStatus.TOO_MANY_REQUESTS)
    return DynamoDbError(code, message, status, document)


def _document(response: Response) -> dict[str, Any] | None:
    """Return the document in a response of DynamoDB, or None if it isn't one."""
    if not response.headers.get("Content-Type", "").startswith(DOCUMENT_TYPE):
        return None
    try:
        document = json.loads(response.body)
    except (ValueError, RecursionError):
        return None
    return document if _has_form(document) else None


def _has_form(document: Any) -> bool:
    """Return whether the items in a document are items."""
    if not isinstance(document, dict):
        return False
    reasons = document.get("CancellationReasons") or []
    if not (isinstance(reasons, list) and all(isinstance(reason, dict) for reason in reasons)):
        return False
    items = [document.get("Attributes"), *(each.get("Item") for each in (document, *reasons))]
    return all(map(_is_item, items)) and all(
        isinstance(reason.get("Code"), str) for reason in reasons
    )


def _is_item(value: Any) -> bool:
    """Return whether a value is an item or nothing."""
    return value is None or (
        isinstance(value, dict)
        and all(
            isinstance(each, dict) and isinstance(each.get("N", ""), str) for each in value.values()
        )
    )
