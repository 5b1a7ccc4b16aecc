"""What a response of the HTTP API means."""

import json
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from atomic_counter.client.connections import Attempt, Response, Result
from atomic_counter.client.errors import (
    CounterRefusedError,
    CounterUnavailableError,
    OvertakenError,
    PartlyAssignedError,
    UnexpectedResponseError,
)
from atomic_counter.client.retries import is_retryable, retry_after_seconds

NUMBER = re.compile(rb"0|[1-9][0-9]{0,37}")
MAX_BODY_BYTES = 64 * 1024


def parse_number(least: int, body: bytes) -> int | None:
    """Return the number that a body is, if it's `least` or higher, or None."""
    return int(body) if NUMBER.fullmatch(body) and int(body) >= least else None


def parse_numbers(count: int, body: bytes) -> list[int] | None:
    """Return the numbers of a list of `count` numbers, or None."""
    numbers = _json(body)
    return numbers if _is_list(numbers, count) and None not in numbers else None


def parse_message(body: bytes) -> str | None:
    """Return the message of an error, or None. API Gateway itself may spell it with a capital."""
    document = _json(body)
    message = isinstance(document, dict) and (document.get("message") or document.get("Message"))
    return message if isinstance(message, str) else None


def understand(
    parse: Callable[[bytes], Result | None], response: Response, attempt: Attempt
) -> Result:
    """Return what is in a response.

    Args:
        parse: Returns the result in the body of a 200, or None if it isn't a counter's.
        response: The response.
        attempt: The attempt that got it.

    Raises:
        CounterError: There is no result.
    """
    status, body = response.status, response.body
    result = parse(body) if status == HTTPStatus.OK else None
    if result is not None:
        attempt.is_of_counter = True
        return result
    message = parse_message(body)
    attempt.is_of_counter = bool(message) and status >= HTTPStatus.BAD_REQUEST
    if is_retryable(status):
        error = CounterUnavailableError(message or response.reason or "no message", status)
        error.retry_after = retry_after_seconds(response.headers.get("Retry-After", ""))
        raise error
    if not (message and attempt.is_of_counter):
        raise UnexpectedResponseError(f"not a response of a counter: {body[:100]!r}", status)
    numbers = _json(body).get("numbers")
    if status == HTTPStatus.CONFLICT and _is_list(numbers, None):
        raise PartlyAssignedError(message, status, numbers)
    if status != HTTPStatus.PRECONDITION_FAILED:
        raise CounterRefusedError(message, status)
    overtaken = OvertakenError(message, status)
    last_number = response.headers.get("Last-Number", "")
    if NUMBER.fullmatch(last_number.encode()):
        overtaken.last_number = int(last_number)
    raise overtaken


def _json(body: bytes) -> Any:
    """Return the document in a body, or None."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _is_list(value: Any, count: int | None) -> bool:
    """Return whether a value is a list of numbers above 0 or null, of this length if it's given."""
    return (
        isinstance(value, list)
        and count in (None, len(value))
        and all(each is None or (type(each) is int and 0 < each < 10**38) for each in value)
    )
