"""The endpoints of one counter: the requests to each URL, and the choice between URLs."""

import math
import re
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

import requests

from atomic_counter.client.connections import ConnectionSettings

Action = Literal["post", "post_list", "get", "current"]
HEADER = re.compile("[!-~]([ -~]*[!-~])?")


class Endpoint:
    """One URL of a counter, and the requests to it.

    Args:
        url: The URL that counts. Blanks around it, its query string and its fragment are ignored.
        api_key: The value of `x-api-key`. None: no header.

    Attributes:
        settings: How to connect.

    Raises:
        ValueError: The URL isn't an http or https URL, or the API key isn't one.
    """

    def __init__(self, url: str, api_key: str | None) -> None:
        base = _base(url)
        if api_key and not (isinstance(api_key, str) and HEADER.fullmatch(api_key)):
            raise ValueError(
                "api_key must be visible ASCII characters, without a blank at the ends"
            )
        # Whatever stands between client and counter, such as a proxy, can rely on the type.
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        headers |= {"x-api-key": str.__str__(api_key)} if api_key else {}
        try:
            self._requests = {
                "post": requests.Request("POST", base, headers).prepare(),
                "post_list": requests.Request("POST", f"{base}/documents", headers).prepare(),
                "get": requests.Request("GET", base, headers).prepare(),
                "current": requests.Request("GET", f"{base}/current", headers).prepare(),
            }
        except requests.RequestException:
            raise _wrong_url(url) from None
        # Here, as a forked process can't read the proxies of macOS.
        self.settings = ConnectionSettings.of_environment(base)

    def prepare(
        self, action: Action, query: str = "", body: bytes | None = None
    ) -> requests.PreparedRequest:
        """Return a request.

        `post` is for numbers, `post_list` for those of documents, `get` for a document's, and
        `current` for the last.
        """
        request = self._requests[action].copy()
        request.url = f"{request.url}?{query}"
        if body is not None:
            request.prepare_body(body, None)
        return request


def _base(url: str) -> str:
    """Return a URL without its query string and its end."""
    try:
        scheme, place, path, *_ = parts = urlsplit(url.strip())
        is_url = scheme in ("http", "https") and parts.hostname and parts.port != 0
    except (AttributeError, ValueError):
        is_url = False
    if not is_url or re.search(r"\s", url.strip()):
        raise _wrong_url(url)
    return urlunsplit((scheme, place, path.rstrip("/"), "", ""))


def _wrong_url(url: object) -> ValueError:
    return ValueError(f"url must be an http or https URL, got {url!r}")


def endpoints(url: str | Sequence[str], api_key: str | Sequence[str] | None) -> list[Endpoint]:
    """Return an endpoint for each URL, with one API key for all or one for each.

    Raises:
        ValueError: A URL or an API key isn't one, or their numbers differ.
    """
    urls, api_keys = _several(url), _several(api_key)
    if api_key is None or isinstance(api_key, str | bytes):
        api_keys *= len(urls)
    if not urls:
        raise ValueError(f"url must be an http or https URL, or several, got {url!r}")
    if len(api_keys) != len(urls):
        raise ValueError(
            f"api_key must be one, or one for each of {len(urls)} URLs, got {len(api_keys)}"
        )
    return [Endpoint(*pair) for pair in zip(urls, api_keys, strict=True)]


def _several(given: Any) -> list[Any]:
    is_several = isinstance(given, Iterable) and not isinstance(given, str | bytes)
    return list(given) if is_several else [given]


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
