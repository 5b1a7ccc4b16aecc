"""The endpoints of one counter: the requests to each URL, and the choice between URLs."""

import math
import re
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests


class Endpoint:
    """One URL of a counter, and the requests to it.

    Args:
        url: The URL that counts. Blanks around it, its query string and its fragment are ignored.
        api_key: The value of `x-api-key`. None: no header.

    Attributes:
        post: The request for numbers.
        get: The request for the number of a document.
        current: The request for the last number issued.
        settings: The proxies and certificates of the environment.

    Raises:
        ValueError: The URL isn't an http or https URL.
    """

    def __init__(self, url: str, api_key: str | None) -> None:
        try:
            parts = urlsplit(url.strip())
            _ = parts.port
        except ValueError:
            parts = urlsplit("")
        if (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or re.search(r"\s", url.strip())
        ):
            raise ValueError(f"url must be an http or https URL, got {url!r}")
        base = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
        # Whatever stands between client and counter, such as a proxy, can rely on the type.
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        headers |= {"x-api-key": api_key} if api_key else {}
        self.post = requests.Request("POST", base, headers).prepare()
        self.get = requests.Request("GET", base, headers).prepare()
        self.current = requests.Request("GET", f"{base}/current", headers).prepare()
        # Here, as a forked process can't read the proxies of macOS.
        with requests.Session() as session:
            self.settings: Any = session.merge_environment_settings(base, {}, True, None, None)


def endpoints(url: str | Sequence[str], api_key: str | Sequence[str] | None) -> list[Endpoint]:
    """Return an endpoint for each URL, with one API key for all or one for each.

    Raises:
        ValueError: A URL isn't one, there is no URL, or the number of API keys differs.
    """
    urls = [url] if isinstance(url, str) else list(url)
    if api_key is None or isinstance(api_key, str):
        api_keys = [api_key] * len(urls)
    else:
        api_keys = list(api_key)
    if not urls:
        raise ValueError(f"url must be an http or https URL, or several, got {url!r}")
    if len(api_keys) != len(urls):
        raise ValueError(
            f"api_key must be one, or one for each of {len(urls)} URLs, got {len(api_keys)}"
        )
    return [Endpoint(*pair) for pair in zip(urls, api_keys, strict=True)]


class Failover:
    """Selects the endpoint of each request: the first that works.

    After a failure an endpoint gets no requests for a while. Then a single request probes it, while
    the others use the next endpoint until the probe succeeds.
    """

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        return_after: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._endpoints = endpoints
        self._return_after = return_after
        self._clock = clock
        self._unused_until: dict[Endpoint, float] = {}
        self._lock = threading.Lock()

    def select(self) -> Endpoint:
        """Return the first endpoint that works, or else the one that is usable again first."""
        with self._lock:
            now = self._clock()
            for endpoint in self._endpoints:
                if self._is_ready(endpoint, now):
                    if endpoint in self._unused_until:
                        self._unused_until[endpoint] = now + self._return_after
                    return endpoint
            return min(self._endpoints, key=self._unused_until.__getitem__)

    def succeeded(self, endpoint: Endpoint) -> None:
        """Record that an endpoint works."""
        with self._lock:
            self._unused_until.pop(endpoint, None)

    def failed(self, endpoint: Endpoint) -> bool:
        """Record that an endpoint fails, and return whether another one is usable at once."""
        with self._lock:
            now = self._clock()
            self._unused_until[endpoint] = now + self._return_after
            return any(self._is_ready(other, now) for other in self._endpoints)

    def _is_ready(self, endpoint: Endpoint, now: float) -> bool:
        return self._unused_until.get(endpoint, -math.inf) <= now
