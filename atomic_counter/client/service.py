"""Requests to the endpoints of a counter, with their retries."""

from http import HTTPStatus
from typing import Literal
from urllib.parse import quote, urlencode

import requests
from requests.auth import AuthBase

from atomic_counter.client.arguments import plain_string
from atomic_counter.client.attempts import Attempt, Received
from atomic_counter.client.endpoints import Endpoint, Failover
from atomic_counter.client.errors import (
    CounterRefusedError,
    CounterUnavailableError,
    OvertakenError,
    UnexpectedResponseError,
)
from atomic_counter.client.responses import connection_errors, receive_number
from atomic_counter.client.retries import Deadline, random_pauses
from atomic_counter.client.transport import Adapter

Action = Literal["post", "get", "current"]
CONNECTIONS = 64


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

    def number(self, action: Action, key: str, deadline: Deadline, **parameters: object) -> int:
        """Return the number in the response to a request and its retries.

        Args:
            action: The request.
            key: The counter.
            deadline: The end of the call.
            **parameters: More parameters of the request.

        Raises:
            CounterError: There is none.
            OvertakenError: Another document has got the number. There is no retry.
        """
        # A space is %20, not +, as the two differ in a signature.
        parameters = {"systemKey": plain_string("key", key), **parameters}
        query = urlencode(parameters, quote_via=quote, safe="")
        error = CounterUnavailableError("no time is left for an attempt")
        pauses = random_pauses()
        while (left := deadline.seconds_left) > 0:
            try:
                return self._attempt(action, key, query, min(self._timeout, left))
            except OvertakenError:
                raise
            except CounterUnavailableError as failure:
                error = failure
            seconds = error.retry_after + next(pauses)
            if not deadline.pause(0 if error.has_alternative else seconds):
                break
        raise error

    def _attempt(self, action: Action, key: str, query: str, seconds: float) -> int:
        endpoint = self._failover.select()
        request: requests.PreparedRequest = getattr(endpoint, action).copy()
        request.url = f"{request.url}?{query}"
        if self._auth:
            self._auth(request)
        try:
            with Attempt(seconds) as attempt, connection_errors():
                # Not by a session, which reads the body of a redirect.
                response = self._adapter.send(request, timeout=seconds, **endpoint.settings)
                number = receive_number(response, attempt)
                response_id = response.headers.get("x-amzn-RequestId")
                if attempt.is_repeat(Received(response_id, (action, key, number), query)):
                    attempt.is_in_step = False
                    raise UnexpectedResponseError("the response of another request")
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
