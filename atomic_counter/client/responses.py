"""What a response, or its absence, means to the client."""

import json
import math
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import requests
import urllib3

from atomic_counter.client.errors import (
    CertificateError,
    CounterRefusedError,
    CounterUnavailableError,
    OvertakenError,
    UnexpectedResponseError,
)

MAX_BODY_BYTES = 64 * 1024


@contextmanager
def connection_errors() -> Iterator[None]:
    """Raise a failure of the connection as an error of the client."""
    try:
        yield
    except (requests.RequestException, urllib3.exceptions.HTTPError, TimeoutError) as error:
        if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error)):
            raise CertificateError(str(error)) from error
        raise CounterUnavailableError(str(error)) from error


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__ or error.__context__


def receive_number(response: requests.Response) -> int:
    """Return the number in a response whose body hasn't been read.

    Whatever isn't a counter may send more than one response, so its connection isn't used again.

    Raises:
        CounterError: There is none.
    """
    connection = getattr(response.raw.connection, "sock", None)
    is_of_counter = False
    try:
        status, body = response.status_code, _body(response.raw)
        message = _message(body)
        is_number = status == HTTPStatus.OK and re.fullmatch(rb"[0-9]{1,38}", body)
        is_of_counter = bool(is_number or (message and status >= HTTPStatus.BAD_REQUEST))
        if is_number:
            return int(body)
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            error = CounterUnavailableError(message or response.reason or "no message", status)
            error.retry_after = retry_after_seconds(response.headers.get("Retry-After", ""))
            raise error
        if message and status == HTTPStatus.PRECONDITION_FAILED:
            overtaken = OvertakenError(message, status)
            last_number = response.headers.get("Last-Number", "")
            if re.fullmatch(r"[0-9]{1,38}", last_number, re.ASCII):
                overtaken.last_number = int(last_number)
            raise overtaken
        if message and status >= HTTPStatus.BAD_REQUEST:
            raise CounterRefusedError(message, status)
        raise UnexpectedResponseError(f"not a response of a counter: {body[:100]!r}", status)
    finally:
        response.close()
        if connection and not is_of_counter:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def _body(raw: Any) -> bytes:
    """Return the body of a response, if its length is known and correct."""
    body = bytes(raw.read(MAX_BODY_BYTES + 1, decode_content=False))
    if len(body) > MAX_BODY_BYTES:
        raise UnexpectedResponseError(f"more than {MAX_BODY_BYTES} bytes", raw.status)
    is_chunked = raw.headers.get("Transfer-Encoding", "").lower() == "chunked"
    if not is_chunked and raw.headers.get("Content-Length") != str(len(body)):
        raise CounterUnavailableError("incomplete response", raw.status)
    return body


def _message(body: bytes) -> str | None:
    """Return the message of an error, which API Gateway itself may spell with a capital."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    message = isinstance(document, dict) and (document.get("message") or document.get("Message"))
    return message if isinstance(message, str) else None


def retry_after_seconds(value: str) -> float:
    """Return the seconds in a header that has a number or a date, and 0 for any other."""
    if re.fullmatch(r"[0-9]+", value, re.ASCII):
        return float(value) if len(value) < 10 else math.inf  # noqa: PLR2004 (longer than a life)
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return 0
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - datetime.now(UTC)).total_seconds())
