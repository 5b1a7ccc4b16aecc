"""Requests to the endpoints of a counter, with their retries."""

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
from atomic_counter.client.responses import connection_errors, receive_number
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
        least: The lowest number that a counter can return.
    """

    action: Action
    key: str
    query: str
    least: int


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
        # A space is %20, not +, as the two differ in a signature.
        key = plain_string("key", key)
        parameters = {"systemKey": key, **parameters}
        query = urlencode(parameters, quote_via=quote, safe="")
        error = CounterUnavailableError("no time is left for an attempt")
        pauses = random_pauses()
        while (left := deadline.seconds_left) > 0:
            try:
                seconds = min(self._timeout, left, MAX_ATTEMPT_SECONDS)
                return self._attempt(Request(action, key, query, least), seconds)
            except OvertakenError:
                raise
            except CounterUnavailableError as failure:
                error = failure
            seconds = error.retry_after + next(pauses)
            if not deadline.pause(0 if error.has_alternative else seconds):
                break
        raise error

    def _attempt(self, request: Request, seconds: float) -> int:
        endpoint = self._failover.select()
        prepared = endpoint.prepare(request.action, request.query)
        if self._auth:
            self._auth(prepared)
        try:
            with Attempt(seconds) as attempt, connection_errors(endpoint.certificates):
                # Not by a session, which reads the body of a redirect.
                response = self._adapter.send(prepared, timeout=seconds, **endpoint.settings)
                number = receive_number(response, attempt, request.least)
                response_id = response.headers.get("x-amzn-RequestId")
                subject = request.action, request.key, number
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
        return number
