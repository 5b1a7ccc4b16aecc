"""Asks a counter over HTTP, again where that can help."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode, urlsplit
from uuid import UUID

import requests
import tenacity
from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import InvalidHeader
from urllib3.util import Retry

from atomic_counter.client.errors import (
    CounterRefusedError,
    CounterUnavailableError,
    UnexpectedAnswerError,
)
from atomic_counter.client.forking import forget_after_fork
from atomic_counter.client.idempotency import IdempotencyKeys
from atomic_counter.client.leasing import MAX_BLOCK, MAX_LEASES, Block, Counter, is_count

BACKOFF = tenacity.wait_random_exponential(multiplier=0.1, max=5)
JSON = "application/json"


class CounterClient:
    """Takes numbers from a counter.

    No number is ever given out twice, to whomever asks. Each request has an idempotency key, and
    keeps it where it is sent again: after a lost answer it gets the number that it had taken.
    Numbers are skipped where the deadline passes without an answer, or where the counter has
    forgotten the request: it remembers the last one in each of 16 slots, of which a client uses as
    many as it has requests at once.

    A client may be shared by threads, and be used on in a forked process, which opens connections
    of its own. As a context manager it closes them at the end.

    Args:
        url: The URL that counts; its query string, if any, is left out.
        api_key: Sent as `x-api-key`. Default: none.
        auth: Signs the requests, such as `atomic_counter.client.iam.IamAuth()`. Default: nothing.
        timeout: Seconds that one attempt may take to connect, and to answer. Default: 10.
        deadline: Seconds after which nothing is tried again. Default: 30.

    Throttled requests (429), failures of the service (5xx) and of the connection are tried again
    after a random pause of up to 0.1, 0.2, 0.4 … 5 seconds, and not before the time that
    `Retry-After` asks for.

    Raises:
        ValueError: The URL is none.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        auth: AuthBase | None = None,
        timeout: float = 10,
        deadline: float = 30,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"url must be an http or https URL, got {url!r}")
        base = url.partition("?")[0].rstrip("/")
        # An empty body has no type of its own, and the counter takes JSON alone.
        headers = {"Accept": JSON, "Content-Type": JSON}
        headers |= {"x-api-key": api_key} if api_key else {}
        self._next = requests.Request("POST", base, headers).prepare()
        self._current = requests.Request("GET", f"{base}/current", headers).prepare()
        self._auth = auth
        self._timeout = timeout
        self._deadline = deadline
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
            last = self._number(self._next, key, count=count, idempotencyKey=unique)
        return range(last - count + 1, last + 1)

    def current(self, key: str) -> int:
        """The last number given out for `key`, 0 if none; takes none.

        Raises:
            CounterError: As for `next`.
        """
        return self._number(self._current, key)

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
        self._settings = self._session.merge_environment_settings(
            self._next.url, {}, False, None, None
        )

    def _number(self, request: PreparedRequest, key: str, **parameters: object) -> int:
        if not isinstance(key, str):
            raise TypeError(f"key must be a string, got {key!r}")
        # A space is %20, not +: in a signature the two are not the same.
        query = urlencode({"systemKey": key, **parameters}, quote_via=quote, safe="")
        return self._retrying(self._attempt, request, query)

    def _attempt(self, request: PreparedRequest, query: str) -> int:
        attempt = request.copy()
        attempt.url = f"{request.url}?{query}"
        if self._auth:
            self._auth(attempt)
        with _failures_of_the_connection():
            answer = self._session.send(
                attempt, timeout=self._timeout, allow_redirects=False, **self._settings
            )
        return _read(answer)


@contextmanager
def _failures_of_the_connection() -> Iterator[None]:
    try:
        yield
    except requests.exceptions.SSLError as error:
        raise UnexpectedAnswerError(str(error)) from error
    except requests.RequestException as error:
        raise CounterUnavailableError(str(error)) from error


def _read(answer: requests.Response) -> int:
    status = answer.status_code
    if status == HTTPStatus.OK and re.fullmatch(r"-?[0-9]+", answer.text):
        return int(answer.text)
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        unavailable = CounterUnavailableError(_message(answer), status)
        with suppress(InvalidHeader):
            unavailable.retry_after = Retry().get_retry_after(answer.raw) or 0
        raise unavailable
    if status >= HTTPStatus.BAD_REQUEST:
        raise CounterRefusedError(_message(answer), status)
    raise UnexpectedAnswerError(f"not a number: {answer.text[:100]!r}", status)


def _message(answer: requests.Response) -> str:
    try:
        return str(answer.json()["message"])
    except (ValueError, TypeError, KeyError):
        return answer.reason or "no message"


def _pause(state: tenacity.RetryCallState) -> float:
    assert state.outcome
    error: Any = state.outcome.exception()
    return float(error.retry_after) + BACKOFF(state)
