"""Requests to the HTTP API, at the first of its URLs that works."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import quote, urlencode
from uuid import UUID

from requests.auth import AuthBase

from atomic_counter.client.connections import HttpConnections, Result
from atomic_counter.client.errors import (
    CounterRefusedError,
    CounterUnavailableError,
    OvertakenError,
)
from atomic_counter.client.http.endpoints import Action, Endpoint, Failover
from atomic_counter.client.http.responses import (
    MAX_BODY_BYTES,
    parse_number,
    parse_numbers,
    understand,
)

NO_NUMBER = "this documentKey has no number"


class Request(NamedTuple):
    """A request, before it has an endpoint.

    Attributes:
        action: What it requests.
        key: The counter.
        parameters: More parameters of the query string.
        body: The body. Default: None, which is none.
    """

    action: Action
    key: str
    parameters: Mapping[str, object]
    body: bytes | None = None

    @property
    def query(self) -> str:
        """The query string, in which a space is %20, not +, as the two differ in a signature."""
        given = {"systemKey": self.key, **self.parameters}
        return urlencode(given, quote_via=quote, safe="")


class HttpTransport:
    """Sends each request to the first endpoint that works. The methods are those of `Transport`.

    Args:
        endpoints: The endpoints in order of preference.
        auth: Signs the requests. None: nothing does.
        return_after: Seconds after which a failed endpoint is probed.
    """

    def __init__(
        self, endpoints: list[Endpoint], auth: AuthBase | None, return_after: float
    ) -> None:
        self._auth = auth
        self._failover = Failover(endpoints, return_after)
        self._connections = HttpConnections(MAX_BODY_BYTES)

    def reserve(self, key: str, count: int, idempotency_key: UUID, seconds: float) -> int:
        """Add `count` to the counter, and return its new value."""
        parameters = {"count": count, "idempotencyKey": idempotency_key}
        return self._number("post", key, seconds, count, **parameters)

    def current(self, key: str, seconds: float) -> int:
        """Return the last number issued, 0 if none."""
        return self._number("current", key, seconds, 0)

    def assign(self, key: str, document: str, after: int, seconds: float) -> int:
        """Return the number of a document."""
        return self._number("post", key, seconds, 1, documentKey=document, after=after)

    def assign_list(
        self, key: str, documents: Sequence[str], after: int, seconds: float
    ) -> list[int]:
        """Return the numbers of documents."""
        body = json.dumps(documents).encode()
        request = Request("post_list", key, {"after": after}, body)
        return self._send(request, partial(parse_numbers, len(documents)), seconds)

    def number_of(self, key: str, document: str, seconds: float) -> int | None:
        """Return the number of a document, or None if it has none."""
        try:
            return self._number("get", key, seconds, 1, documentKey=document)
        except CounterRefusedError as error:
            if (error.status, error.message) == (HTTPStatus.NOT_FOUND, NO_NUMBER):
                return None
            raise

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def _number(
        self, action: Action, key: str, seconds: float, least: int, **parameters: object
    ) -> int:
        request = Request(action, key, parameters)
        return self._send(request, partial(parse_number, least), seconds)

    def _send(
        self, request: Request, parse: Callable[[bytes], Result | None], seconds: float
    ) -> Result:
        endpoint = self._failover.select()
        prepared = endpoint.prepare(request.action, request.query, request.body)
        if self._auth:
            self._auth(prepared)
        subject = request.action, request.key
        try:
            result = self._connections.exchange(
                prepared, endpoint.settings, seconds, subject, partial(understand, parse)
            )
        except (CounterRefusedError, OvertakenError):
            self._failover.succeeded(endpoint)
            raise
        except CounterUnavailableError as error:
            if error.status == HTTPStatus.TOO_MANY_REQUESTS:
                self._failover.succeeded(endpoint)
            else:
                error.has_alternative = self._failover.failed(endpoint)
            raise
        self._failover.succeeded(endpoint)
        return result
