"""What a response, or its absence, means to the client."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus

import requests
from urllib3.exceptions import InvalidHeader
from urllib3.util import Retry

from atomic_counter.client.errors import (
    CounterRefusedError,
    CounterUnavailableError,
    UnexpectedResponseError,
)


@contextmanager
def connection_errors() -> Iterator[None]:
    """Raise a failure of the connection as an error of the client."""
    try:
        yield
    except requests.exceptions.SSLError as error:
        raise UnexpectedResponseError(str(error)) from error
    except requests.RequestException as error:
        raise CounterUnavailableError(str(error)) from error


def read_number(response: requests.Response) -> int:
    """Return the number in a response.

    Raises:
        CounterError: There is none.
    """
    status = response.status_code
    if status == HTTPStatus.OK and re.fullmatch(r"-?[0-9]+", response.text):
        return int(response.text)
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        unavailable = CounterUnavailableError(_message(response), status)
        with suppress(InvalidHeader):
            unavailable.retry_after = Retry().get_retry_after(response.raw) or 0
        raise unavailable
    if status >= HTTPStatus.BAD_REQUEST:
        raise CounterRefusedError(_message(response), status)
    raise UnexpectedResponseError(f"not a number: {response.text[:100]!r}", status)


def _message(response: requests.Response) -> str:
    try:
        return str(response.json()["message"])
    except (ValueError, TypeError, KeyError):
        return response.reason or "no message"
