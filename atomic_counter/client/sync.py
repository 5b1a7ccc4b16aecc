"""Asks a counter over HTTP, again where that can help."""

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

from atomic_counter.client.answers import failures_of_the_connection, read
from atomic_counter.client.endpoints import Failover, endpoints
from atomic_counter.client.errors import CounterRefusedError, CounterUnavailableError
from atomic_counter.client.forking import forget_after_fork
from atomic_counter.client.idempotency import IdempotencyKeys
from atomic_counter.client.leasing import MAX_BLOCK, MAX_LEASES, Block, Counter, is_count

Action = Literal["next", "current"]
BACKOFF = tenacity.wait_random_exponential(multiplier=0.1, max=5)


class CounterClient:
    """Takes numbers from a counter.

    No number is ever given out twice, to whomever asks. Each request has an idempotency key, and
    keeps it where it is sent again: after a lost answer it gets the number that it had taken.
    Numbers are skipped where the deadline passes without an answer, or where the counter has
    forgotten the request: it remembers the last one in each of 16 slots, of which a client uses as
    many as it has requests at once.

    With several URLs, those of a counter in several Regions, it outlives the loss of a Region: a
    request goes to the first URL that works, and after a failure of the connection or a 5xx at
    once to the next, with the same idempotency key, so that what was taken in the lost Region is
    answered in the next one. A URL that failed is asked again after a while, by one request, and
    by all once it has answered. What is not promised: a Region that swallows requests instead of
    refusing them holds up each for `timeout` seconds, once those that are under way, then one in a
    while; a request that it finishes when nobody waits for it any more may skip a number. The
    URLs have to count in one strongly consistent table: two counters would repeat each other.

    A client may be shared by threads, and be used on in a forked process, which opens connections
    of its own. As a context manager it closes them at the end.

    Args:
        url: The URL that counts, or several in the order in which they are preferred; a query
            string, if any, is left out.
        api_key: Sent as `x-api-key`, or one for each URL. Default: none.
        auth: Signs the requests, such as `atomic_counter.client.iam.IamAuth()`, which
            signs for the Region in each URL. Default: nothing.
        timeout: Seconds that one attempt may take to connect, and to answer. Default: 10.
        deadline: Seconds after which nothing is tried again. Default: 30.
        return_after: Seconds after which a URL that failed is asked again, where there are others.
            Default: 30.

    Throttled requests (429), failures of the service (5xx) and of the connection are tried again
    after a random pause of up to 0.1, 0.2, 0.4 … 5 seconds, and not before the time that
    `Retry-After` asks for; throttled ones at the same URL, as another Region writes to the same
    table, and would only get in the way.

    Raises:
        ValueError: The URL is none, there are not as many API keys, or `return_after` is not above
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
            raise ValueError(f"return_after must be seconds above 0, got {return_after!r}")
        self._endpoints = endpoints(url, api_key)
        self._auth = auth
        self._timeout = timeout
        self._deadline = deadline
        self._return_after = return_after
        self.forget()
        forget_after_fork(self)

    def next(self, key: str, *, idempotency_key: UUID | str | None = None) -> int:
        """Take the next number of `key`.

        Args:
            key: Whose number.
            idempotency_key: A UUID that names this request, so that a job that is run again, after
                a crash for instance, gets the number that it got the first time, as long as the
                counter remembers it. Default: one that nobody else has.

        Raises:
            ValueError: `idempotency_key` is no UUID.
            CounterRefusedError: The service refuses the key.
            CounterUnavailableError: It did not answer with a number until the deadline.
            UnexpectedAnswerError: Something else than a counter answers at the URL.
        """
        return self.reserve(key, 1, idempotency_key=idempotency_key)[0]

    def reserve(self, key: str, count: int, *, idempotency_key: UUID | str | None = None) -> range:
        """Take `count` numbers of `key`, 1 to 1000, in one request: they belong to the caller.

        Args:
            key: Whose numbers.
            count: How many.
            idempotency_key: As for `next`; with another count it names another request.

        Raises:
            ValueError: The count is not a number from 1 to 1000, or `idempotency_key` is no UUID.
            CounterError: As for `next`.
        """
        if not is_count(count):
            raise ValueError(f"count must be a number from 1 to {MAX_BLOCK}, got {count!r}")
        with self._idempotency_keys.of_request(idempotency_key) as unique:
            last = self._number("next", key, count=count, idempotencyKey=unique)
        return range(last - count + 1, last + 1)

    def current(self, key: str) -> int:
        """The last number given out for `key`, 0 if none; takes none.

        Raises:
            CounterError: As for `next`.
        """
        return self._number("current", key)

    def counter(self, key: str, *, block: Block) -> Counter:
        """An iterator over numbers of `key`, from blocks that are leased ahead.

        Args:
            key: Whose numbers.
            block: How many numbers are leased at a time: 1 to 1000, or `auto`. The larger, the
                faster and cheaper, and the more are skipped when the program ends.

        Returns:
            A `Counter`, which says what it promises; to be shared rather than made twice.

        Raises:
            ValueError: The block is none of these.
        """
        return Counter(partial(self.reserve, key), block)

    def close(self) -> None:
        """Close the connections; what is being tried again, in the background too, is given up."""
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

    def forget(self) -> None:
        """Leave the connections to the parent process, as a forked one does."""
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
        # A space is %20, not +: in a signature the two are not the same.
        query = urlencode({"systemKey": key, **parameters}, quote_via=quote, safe="")
        return self._retrying(self._attempt, action, query)

    def _attempt(self, action: Action, query: str) -> int:
        endpoint = self._failover.pick()
        request = (endpoint.next if action == "next" else endpoint.current).copy()
        request.url = f"{request.url}?{query}"
        if self._auth:
            self._auth(request)
        try:
            with failures_of_the_connection():
                answer = self._session.send(
                    request,
                    timeout=self._timeout,
                    allow_redirects=False,
                    **self._settings[endpoint],
                )
            number = read(answer)
        except CounterUnavailableError as error:
            if error.status == HTTPStatus.TOO_MANY_REQUESTS:
                self._failover.answered(endpoint)
            else:
                error.goes_on = self._failover.failed(endpoint)
            raise
        except CounterRefusedError:
            self._failover.answered(endpoint)
            raise
        self._failover.answered(endpoint)
        return number


def _pause(state: tenacity.RetryCallState) -> float:
    assert state.outcome
    error: Any = state.outcome.exception()
    return 0.0 if error.goes_on else float(error.retry_after) + BACKOFF(state)
