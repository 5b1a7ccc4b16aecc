"""The URLs of one counter: what is sent to each, and which of them is asked."""

import math
import threading
import time
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import requests

JSON = "application/json"


class Endpoint:
    """One URL of a counter, and the requests that are sent to it.

    Args:
        url: The URL that counts; its query string, if any, is left out.
        api_key: Sent as `x-api-key`, unless None.

    Attributes:
        next: Takes numbers.
        current: Takes none.

    Raises:
        ValueError: The URL is none.
    """

    def __init__(self, url: str, api_key: str | None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"url must be an http or https URL, got {url!r}")
        base = url.partition("?")[0].rstrip("/")
        # An empty body has no type of its own, and the counter takes JSON alone.
        headers = {"Accept": JSON, "Content-Type": JSON}
        headers |= {"x-api-key": api_key} if api_key else {}
        self.next = requests.Request("POST", base, headers).prepare()
        self.current = requests.Request("GET", f"{base}/current", headers).prepare()


def endpoints(url: str | Sequence[str], api_key: str | Sequence[str] | None) -> list[Endpoint]:
    """One for each URL, with an API key that is theirs together or one for each.

    Raises:
        ValueError: A URL is none, there is none at all, or there are not as many API keys.
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
    return [Endpoint(*of_one) for of_one in zip(urls, api_keys, strict=True)]


class Failover:
    """Picks the endpoint that a request is sent to: the first that works.

    One that has failed is left alone for a while. Then a single request tries it, while the others
    go on elsewhere, until that one is answered.

    Args:
        endpoints: In the order in which they are preferred.
        return_after: For how many seconds one that has failed is left alone.
        clock: Seconds. Default: `time.monotonic`.
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
        self._rests_until: dict[Endpoint, float] = {}
        self._lock = threading.Lock()

    def pick(self) -> Endpoint:
        """The first that works; where none does, the one whose rest ends first."""
        with self._lock:
            now = self._clock()
            for endpoint in self._endpoints:
                if self._is_ready(endpoint, now):
                    if endpoint in self._rests_until:
                        self._rests_until[endpoint] = now + self._return_after
                    return endpoint
            return min(self._endpoints, key=self._rests_until.__getitem__)

    def answered(self, endpoint: Endpoint) -> None:
        """It works, again if need be."""
        with self._lock:
            self._rests_until.pop(endpoint, None)

    def failed(self, endpoint: Endpoint) -> bool:
        """It does not work; returns whether there is another to go on to at once."""
        with self._lock:
            now = self._clock()
            self._rests_until[endpoint] = now + self._return_after
            return any(self._is_ready(other, now) for other in self._endpoints)

    def _is_ready(self, endpoint: Endpoint, now: float) -> bool:
        return self._rests_until.get(endpoint, -math.inf) <= now
