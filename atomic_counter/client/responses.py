"""What a response, or its absence, means to the client."""

import json
import os
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, TypeVar

import requests
from requests.exceptions import InvalidSchema, InvalidURL
from urllib3.exceptions import LocationValueError

from atomic_counter.client.attempts import Attempt
from atomic_counter.client.errors import (
    CertificateError,
    CounterError,
    CounterRefusedError,
    CounterUnavailableError,
    OvertakenError,
    PartlyAssignedError,
    UnexpectedResponseError,
)
from atomic_counter.client.retries import is_retryable, retry_after_seconds

NUMBER = re.compile(rb"0|[1-9][0-9]{0,37}")
MAX_BODY_BYTES = 64 * 1024
Result = TypeVar("Result")
WRONG_URL_ERRORS = (InvalidSchema, InvalidURL, LocationValueError)


@contextmanager
def connection_errors(certificates: str | None) -> Iterator[None]:
    """Raise a failure of the connection as an error of the client, whatever it is.

    Args:
        certificates: The path of the certificates of authorities. None: they aren't needed.
    """
    try:
        yield
    except CounterError:
        raise
    except WRONG_URL_ERRORS as error:
        raise CounterError(f"{error}; correct the URL, or the proxy in the environment") from error
    except Exception as error:
        if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error)):
            raise CertificateError(str(error)) from error
        if certificates and not isinstance(error, requests.Timeout):
            load_authorities(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), certificates)
        raise CounterUnavailableError(str(error) or type(error).__name__) from error


def load_authorities(context: ssl.SSLContext, path: str) -> None:
    """Load the certificates of authorities in a file or folder.

    Raises:
        CertificateError: There are none.
    """
    try:
        context.load_verify_locations(**{"capath" if os.path.isdir(path) else "cafile": path})
    except OSError as error:
        advice = "correct or unset REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE of the environment"
        raise CertificateError(f"no certificates of authorities in {path}: {advice}") from error


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Return an error and its causes, without the context: the caller can be handling an error."""
    yield error
    for cause in (error.__cause__, getattr(error, "reason", None), *error.args):
        if isinstance(cause, BaseException):
            yield from _causes(cause)


def parse_number(least: int, body: bytes) -> int | None:
    """Return the number that a body is, if it's `least` or higher, or None."""
    return int(body) if NUMBER.fullmatch(body) and int(body) >= least else None


def parse_numbers(count: int, body: bytes) -> list[int] | None:
    """Return the numbers of a list of `count` numbers, or None."""
    numbers = _json(body)
    return numbers if _is_list(numbers, count) and None not in numbers else None


def receive(
    response: requests.Response, attempt: Attempt, parse: Callable[[bytes], Result | None]
) -> Result:
    """Return what is in a response whose body hasn't been read.

    Args:
        response: The response.
        attempt: The attempt that gets it.
        parse: Returns the result in the body of a 200, or None if it isn't a counter's.

    Raises:
        CounterError: There is none.
    """
    with response:
        status, body = response.status_code, _body(response.raw)
    if not attempt.is_in_step:
        raise UnexpectedResponseError("bytes after the response", status)
    result = parse(body) if status == HTTPStatus.OK else None
    if result is not None:
        attempt.is_of_counter = True
        return result
    document = _json(body)
    message = _message(document)
    attempt.is_of_counter = bool(message) and status >= HTTPStatus.BAD_REQUEST
    if is_retryable(status):
        error = CounterUnavailableError(message or response.reason or "no message", status)
        error.retry_after = retry_after_seconds(response.headers.get("Retry-After", ""))
        raise error
    if not (message and attempt.is_of_counter):
        raise UnexpectedResponseError(f"not a response of a counter: {body[:100]!r}", status)
    if status == HTTPStatus.CONFLICT and _is_list(document.get("numbers"), None):
        raise PartlyAssignedError(message, status, document["numbers"])
    if status != HTTPStatus.PRECONDITION_FAILED:
        raise CounterRefusedError(message, status)
    overtaken = OvertakenError(message, status)
    last_number = response.headers.get("Last-Number", "")
    if NUMBER.fullmatch(last_number.encode()):
        overtaken.last_number = int(last_number)
    raise overtaken


def _body(raw: Any) -> bytes:
    """Return the body of a response, if its length is known and correct."""
    body = bytes(raw.read(MAX_BODY_BYTES + 1, decode_content=False))
    if len(body) > MAX_BODY_BYTES:
        raise UnexpectedResponseError(f"more than {MAX_BODY_BYTES} bytes", raw.status)
    is_chunked = raw.headers.get("Transfer-Encoding", "").lower() == "chunked"
    if not is_chunked and raw.headers.get("Content-Length") != str(len(body)):
        raise CounterUnavailableError("incomplete response", raw.status)
    return body


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


def _message(document: Any) -> str | None:
    """Return the message of an error, which API Gateway itself may spell with a capital."""
    message = isinstance(document, dict) and (document.get("message") or document.get("Message"))
    return message if isinstance(message, str) else None
