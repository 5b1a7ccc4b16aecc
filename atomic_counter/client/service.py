"""Requests to the endpoints of a counter, with their retries."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import quote, urlencode

from requests.auth import AuthBase

from atomic_counter.client.arguments import plain_string
from atomic_counter.client.attempts import Attempt, Received
from atomic_counter.client.endpoints import Action, Endpoint, Failover
from atomic_counter.client.errors import (
    CounterRefusedError,
    CounterUnavailableError,
    OvertakenError,
)
from atomic_counter.client.responses import (
    Result,
    connection_errors,
    parse_number,
    parse_numbers,
    receive,
)
from atomic_counter.client.retries import Deadline, random_pauses
from atomic_counter.client.transport import Adapter

# The connections of threads that send requests at once are kept up to this number.
CONNECTIONS = 256
# The system can't wait much longer for a connection.
MAX_ATTEMPT_SECONDS = 86_400


class Request(NamedTuple):
    """A request, which its attempts send to one endpoint or another.

    Attributes:
        action: What it requests.
        key: The counter.
        query: The query string.
        body: The body. Default: None, which is none.
    """

    action: Action
    key: str
    query: str
    body: bytes | None = None


class Service:
    """Sends requests to the endpoints of a counter until they get a number, or are refused.

    Args:
        endpoints: The endpoints in order of preference.
        auth: Signs the requests. None: nothing does.
        timeout: Seconds that one attempt may take.
        return_after: Seconds after which a failed endpoint is probed.
    """

    def __init__(
        self, endpoints: list[Endpoint], auth: AuthBase | None, timeout: float, return_after: float
    ) -> None:
        self._auth = auth
        self._timeout = timeout
        self._failover = Failover(endpoints, return_after)
        self._adapter = Adapter(pool_maxsize=CONNECTIONS)

    def close(self) -> None:
        """Close the connections."""
        self._adapter.close()

    def number(
        self, action: Action, key: str, deadline: Deadline, *, least: int = 0, **parameters: object
    ) -> int:
        """Return the number in the response to a request and its retries.

        Args:
            action: The request.
            key: The counter.
            deadline: The end of the call.
            least: The lowest number that a counter can return.
            **parameters: More parameters of the request.

        Raises:
            CounterError: There is none.
            OvertakenError: Another document has got the number. There is no retry.
        """
        request = Request(action, key, _query(key, parameters))
        return self._send(request, partial(parse_number, least), deadline)

    def numbers(
        self, key: str, documents: Sequence[str], deadline: Deadline, after: int
    ) -> list[int]:
        """Return the numbers of documents, from the response to a request and its retries.

        Raises:
            CounterError: As for `number`.
            PartlyAssignedError: Some of them have a number, and the others get none.
        """
        body = json.dumps(documents).encode()
        request = Request("post_list", key, _query(key, {"after": after}), body)
        return self._send(request, partial(parse_numbers, len(documents)), deadline)

    def _send(
        self, request: Request, parse: Callable[[bytes], Result | None], deadline: Deadline
    ) -> Result:
        error = CounterUnavailableError("no time is left for an attempt")
        pauses = random_pauses()
        while (left := deadline.seconds_left) > 0:
            try:
                seconds = min(self._timeout, left, MAX_ATTEMPT_SECONDS)
                return self._attempt(request, parse, seconds)
            except OvertakenError:
                raise
            except CounterUnavailableError as failure:
                error = failure
            seconds = error.retry_after + next(pauses)
            if not deadline.pause(0 if error.has_alternative else seconds):
                break
        raise error

    def _attempt(
        self, request: Request, parse: Callable[[bytes], Result | None], seconds: float
    ) -> Result:
        endpoint = self._failover.select()
        prepared = endpoint.prepare(request.action, request.query, request.body)
        if self._auth:
            self._auth(prepared)
        try:
            with Attempt(seconds) as attempt, connection_errors(endpoint.certificates):
                # Not by a session, which reads the body of a redirect.
                response = self._adapter.send(prepared, timeout=seconds, **endpoint.settings)
                result = receive(response, attempt, parse)
                response_id = response.headers.get("x-amzn-RequestId")
                subject = request.action, request.key, result
                attempt.require_new(Received(response_id, subject, request.query))
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


def _query(key: str, parameters: Mapping[str, object]) -> str:
    # A space is %20, not +, as the two differ in a signature.
    given = {"systemKey": plain_string("key", key), **parameters}
    return urlencode(given, quote_via=quote, safe="")
