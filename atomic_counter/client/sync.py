"""The client over HTTP, with its retries."""

import threading
from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import quote, urlencode
from uuid import UUID

import requests
import tenacity
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from atomic_counter.client.endpoints import Failover, endpoints
from atomic_counter.client.errors import CounterRefusedError, CounterUnavailableError
from atomic_counter.client.forking import reset_after_fork
from atomic_counter.client.idempotency import IdempotencyKeys
from atomic_counter.client.leasing import MAX_BLOCK, MAX_LEASES, Block, Counter, is_count
from atomic_counter.client.responses import connection_errors, read_number

Action = Literal["next", "current"]
BACKOFF = tenacity.wait_random_exponential(multiplier=0.1, max=5)


class CounterClient:
    """The client of a counter.

    client = CounterClient("https://….amazonaws.com/prod/counter")
    number = client.next("invoices")

    No number is issued twice, to any client. Each request has an idempotency key, which its retries
    keep: after a lost response, a retry returns the number of the first attempt. Numbers are
    skipped if the deadline passes without a response, or if the counter has forgotten the request:
    it remembers the last request in each of 16 slots, and a client uses as many slots as it has
    concurrent requests.

    Throttled requests (429), failures of the service (5xx) and failures of the connection are
    retried after a random pause of up to 0.1, 0.2, 0.4 … 5 seconds, and not before `Retry-After`.

    With the URLs of a counter in several Regions, the client survives the loss of a Region: a
    request uses the first URL that works. After a failure of the connection or a 5xx it continues
    at once with the next URL and the same idempotency key. A throttled request stays at its URL, as
    the other Region writes to the same table. After a while one request probes the failed URL, and
    when it succeeds all requests return. All URLs must count in one strongly consistent table, or
    numbers repeat. `docs/regions.md` describes the limits.

    Threads can share a client, and a forked process can continue to use it, with connections of its
    own. As a context manager, the client closes its connections at the end.

    Args:
        url: The URL that counts, or several in order of preference. A query string is ignored.
        api_key: The value of `x-api-key`, or one for each URL. Default: none.
        auth: Signs the requests, such as `atomic_counter.client.iam.IamAuth()`, which signs for the
            Region in each URL. Default: None.
        timeout: Seconds that one attempt may take to connect, and to respond. Default: 10.
        deadline: Seconds after which there is no retry. Default: 30.
        return_after: Seconds after which a failed URL is probed. Default: 30.

    Raises:
        ValueError: A URL isn't one, the number of API keys differs, or `return_after` isn't above
            0.
    """

    def __init__(  # noqa: PLR0913 (each has a default, and a name at the call)
        self,
        url: str | Sequence[str],
        *,
        api_key: str | Sequence[str] | None = None,
        auth: AuthBase | None = None,
        timeout: float = 10,
        deadline: float = 30,
        return_after: float = 30,
    ) -> None:
        if return_after <= 0:
            raise ValueError(
                f"return_after must be a number of seconds above 0, got {return_after!r}"
            )
        self._endpoints = endpoints(url, api_key)
        self._auth = auth
        self._timeout = timeout
        self._deadline = deadline
        self._return_after = return_after
        self.reset()
        reset_after_fork(self)

    def next(self, key: str, *, idempotency_key: UUID | str | None = None) -> int:
        """Return the next number of `key`.

        Args:
            key: The counter.
            idempotency_key: A UUID that identifies this request. A job that runs again, such as
                after a crash, gets the number of its first run, as long as the counter remembers
                it. Default: a new UUID.

        Raises:
            ValueError: `idempotency_key` isn't a UUID.
            CounterRefusedError: The service refuses the key.
            CounterUnavailableError: The service returns no number before the deadline.
            UnexpectedResponseError: Something else than a counter responds at the URL.
        """
        return self.reserve(key, 1, idempotency_key=idempotency_key)[0]

    def reserve(self, key: str, count: int, *, idempotency_key: UUID | str | None = None) -> range:
        """Reserve numbers of `key` in one request, and return their range.

        Args:
            key: The counter.
            count: How many numbers, 1 to 1000.
            idempotency_key: As for `next`. With another count, it identifies another request.

        Raises:
            ValueError: The count isn't a whole number from 1 to 1000, or `idempotency_key` isn't a
                UUID.
            CounterError: As for `next`.
        """
        if not is_count(count):
            raise ValueError(f"count must be a number from 1 to {MAX_BLOCK}, got {count!r}")
        with self._idempotency_keys.for_request(idempotency_key) as unique:
            last = self._number("next", key, count=count, idempotencyKey=unique)
        return range(last - count + 1, last + 1)

    def current(self, key: str) -> int:
        """Return the last number issued for `key`, 0 if none, without counting.

        Raises:
            CounterError: As for `next`.
        """
        return self._number("current", key)

    def counter(self, key: str, *, block: Block) -> Counter:
        """Return an iterator over numbers of `key`, from blocks that are reserved ahead.

        Args:
            key: The counter.
            block: Numbers a block, 1 to 1000, or `auto`. A larger block is faster and cheaper, and
                skips more numbers when the program ends.

        Returns:
            A `Counter`, for all threads to share.

        Raises:
            ValueError: The block has another value.
        """
        return Counter(partial(self.reserve, key), block)

    def close(self) -> None:
        """Close the connections, and end all retries, in the background too."""
        self._is_closed.set()
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()

    def reset(self) -> None:
        """Leave the connections to the parent process, as a forked process must."""
        self._session = requests.Session()
        adapter = HTTPAdapter(pool_maxsize=MAX_LEASES)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)
        self._idempotency_keys = IdempotencyKeys()
        self._failover = Failover(self._endpoints, self._return_after)
        self._is_closed = threading.Event()
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(CounterUnavailableError),
            wait=_pause,
            stop=tenacity.stop_before_delay(self._deadline)
            | tenacity.stop_when_event_set(self._is_closed),
            sleep=tenacity.sleep_using_event(self._is_closed),
            reraise=True,
        )
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._settings = {
            endpoint: self._session.merge_environment_settings(
                endpoint.next.url, {}, False, None, None
            )
            for endpoint in self._endpoints
        }

    def _number(self, action: Action, key: str, **parameters: object) -> int:
        if not isinstance(key, str):
            raise TypeError(f"key must be a string, got {key!r}")
        # A space is %20, not +, as the two differ in a signature.
        query = urlencode({"systemKey": key, **parameters}, quote_via=quote, safe="")
        return self._retrying(self._attempt, action, query)

    def _attempt(self, action: Action, query: str) -> int:
        endpoint = self._failover.select()
        request = (endpoint.next if action == "next" else endpoint.current).copy()
        request.url = f"{request.url}?{query}"
        if self._auth:
            self._auth(request)
        try:
            with connection_errors():
                response = self._session.send(
                    request,
                    timeout=self._timeout,
                    allow_redirects=False,
                    **self._settings[endpoint],
                )
            number = read_number(response)
        except CounterUnavailableError as error:
            if error.status == HTTPStatus.TOO_MANY_REQUESTS:
                self._failover.succeeded(endpoint)
            else:
                error.has_alternative = self._failover.failed(endpoint)
            raise
        except CounterRefusedError:
            self._failover.succeeded(endpoint)
            raise
        self._failover.succeeded(endpoint)
        return number


def _pause(state: tenacity.RetryCallState) -> float:
    assert state.outcome
    error: Any = state.outcome.exception()
    return 0.0 if error.has_alternative else float(error.retry_after) + BACKOFF(state)
