"""A whole response, or why there is none."""

import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

import requests
from requests.exceptions import InvalidSchema, InvalidURL
from urllib3.exceptions import LocationValueError

from atomic_counter.client.connections.attempts import Attempt
from atomic_counter.client.errors import (
    CertificateError,
    CounterError,
    CounterUnavailableError,
    UnexpectedResponseError,
)

Result = TypeVar("Result")
WRONG_URL_ERRORS = (InvalidSchema, InvalidURL, LocationValueError)


class Response(NamedTuple):
    """A response whose body is complete."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes


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


def receive(response: requests.Response, attempt: Attempt, max_bytes: int) -> Response:
    """Return the whole of a response whose body hasn't been read.

    Args:
        response: The response.
        attempt: The attempt that gets it.
        max_bytes: The most bytes that its body can have.

    Raises:
        CounterUnavailableError: It's too long or incomplete, or bytes follow it.
    """
    with response:
        body = _body(response.raw, max_bytes)
    if not attempt.is_in_step:
        raise UnexpectedResponseError("bytes after the response", response.status_code)
    return Response(response.status_code, response.reason, response.headers, body)


def _body(raw: Any, max_bytes: int) -> bytes:
    """Return the body of a response, if its length is known and correct."""
    body = bytes(raw.read(max_bytes + 1, decode_content=False))
    if len(body) > max_bytes:
        raise UnexpectedResponseError(f"more than {max_bytes} bytes", raw.status)
    is_chunked = raw.headers.get("Transfer-Encoding", "").lower() == "chunked"
    if not is_chunked and raw.headers.get("Content-Length") != str(len(body)):
        raise CounterUnavailableError("incomplete response", raw.status)
    return body
