"""What an answer, or none, means to the client."""

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
    UnexpectedAnswerError,
)


@contextmanager
def failures_of_the_connection() -> Iterator[None]:
    """Raise what went wrong on the way to the service as an error of the client."""
    try:
        yield
    except requests.exceptions.SSLError as error:
        raise UnexpectedAnswerError(str(error)) from error
    except requests.RequestException as error:
        raise CounterUnavailableError(str(error)) from error


def read(answer: requests.Response) -> int:
    """The number in an answer.

    Raises:
        CounterError: There is none.
    """
    status = answer.status_code
    if status == HTTPStatus.OK and re.fullmatch(r"-?[0-9]+", answer.text):
        return int(answer.text)
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        unavailable = CounterUnavailableError(_message(answer), status)
        with suppress(InvalidHeader):
            unavailable.retry_after = Retry().get_retry_after(answer.raw) or 0
        raise unavailable
    if status >= HTTPStatus.BAD_REQUEST:
        raise CounterRefusedError(_message(answer), status)
    raise UnexpectedAnswerError(f"not a number: {answer.text[:100]!r}", status)


def _message(answer: requests.Response) -> str:
    try:
        return str(answer.json()["message"])
    except (ValueError, TypeError, KeyError):
        return answer.reason or "no message"
