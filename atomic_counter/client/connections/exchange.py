"""One request and its response."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, Self

import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from atomic_counter.client.connections.adapter import Adapter
from atomic_counter.client.connections.attempts import Attempt, Received
from atomic_counter.client.connections.responses import (
    Response,
    Result,
    connection_errors,
    receive,
)

# The connections of threads that send requests at once are kept up to this number.
MAX_CONNECTIONS = 256


class ConnectionSettings(NamedTuple):
    """How to connect to a URL.

    Attributes:
        options: The proxies and certificates of the environment.
        certificates: The path of the certificates of authorities. None: it isn't https.
    """

    options: dict[str, Any]
    certificates: str | None

    @classmethod
    def of_environment(cls, url: str, certificates: str | None = None) -> Self:
        """Return the settings for a URL.

        Args:
            url: The URL.
            certificates: The path of the certificates of authorities. Default: that of the
                environment, or else of requests.
        """
        with requests.Session() as session:
            options = session.merge_environment_settings(url, {}, True, certificates, None)
        verify = options["verify"]
        path = verify if isinstance(verify, str) else DEFAULT_CA_BUNDLE_PATH
        return cls(dict(options), path if url.startswith("https") else None)


class HttpConnections:
    """Sends requests, and keeps the connections for the next ones.

    Args:
        max_bytes: The most bytes that the body of a response can have.
    """

    def __init__(self, max_bytes: int) -> None:
        self._receive = partial(receive, max_bytes=max_bytes)
        self._adapter = Adapter(pool_maxsize=MAX_CONNECTIONS)

    def exchange(
        self,
        request: requests.PreparedRequest,
        settings: ConnectionSettings,
        seconds: float,
        subject: tuple[object, ...],
        understand: Callable[[Response, Attempt], Result],
    ) -> Result:
        """Send a request once, and return what is in the response.

        Args:
            request: The request.
            settings: How to connect.
            seconds: The time of the attempt.
            subject: What the request is about, such as its action and key.
            understand: Returns what is in the response, or raises a `CounterError`.

        Raises:
            CounterError: There is no response, or it isn't that of the request, or `understand`
                raises it.
        """
        with Attempt(seconds) as attempt, connection_errors(settings.certificates):
            # Not by a session, which reads the body of a redirect.
            raw = self._adapter.send(request, timeout=seconds, **settings.options)
            response = self._receive(raw, attempt)
            result = understand(response, attempt)
            response_id = response.headers.get("x-amzn-RequestId")
            identity = request.url, request.body
            attempt.require_new(Received(response_id, (*subject, result), identity))
        return result

    def close(self) -> None:
        """Close the connections."""
        self._adapter.close()
