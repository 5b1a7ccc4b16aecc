"""The number of requests that clients send, with all retries."""

import threading
from collections import Counter
from urllib.parse import urlsplit

from requests import PreparedRequest
from requests.auth import AuthBase


class RequestCounter(AuthBase):
    """Counts requests, and signs them as `auth` does.

    Args:
        auth: Signs the requests. Default: nothing does.

    Attributes:
        by_host: The requests to each host and port.
    """

    def __init__(self, auth: AuthBase | None = None) -> None:
        self._auth = auth
        self._lock = threading.Lock()
        self.by_host: Counter[str] = Counter()

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Count and sign a request."""
        with self._lock:
            self.by_host[urlsplit(str(request.url)).netloc] += 1
        return self._auth(request) if self._auth else request
