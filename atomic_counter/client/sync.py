"""The client over HTTP, with its retries."""

import math
import threading
import time
from collections.abc import Sequence
from functools import partial
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from requests.auth import AuthBase

from atomic_counter.client.documents import Documents
from atomic_counter.client.endpoints import endpoints
from atomic_counter.client.errors import CounterUnavailableError
from atomic_counter.client.forking import reset_after_fork
from atomic_counter.client.idempotency import IdempotencyKeys
from atomic_counter.client.leasing import MAX_BLOCK, MAX_LEASES, Block, Counter, is_count
from atomic_counter.client.service import Service


class CounterClient:
    """The client of a counter.

    client = CounterClient("https://….amazonaws.com/prod/counter")
    number = client.next("invoices")

    No number is issued twice, to any client. Each request has an idempotency key, which its retries
    keep: after a lost response, a retry returns the number of the first attempt. Numbers are
    skipped if the deadline passes without a response, or if the counter has forgotten the request:
    it remembers the last request in each of 16 slots. A client uses a slot for each concurrent
    request of a key, and the slots of two clients can be the same: with `slots`, they can't.

    Throttled requests (429), failures of the service (5xx), failures of the connection and
    responses of something else than a counter are retried after a random pause of up to 0.1, 0.2,
    0.4 … 5 seconds, and not before `Retry-After`. A number comes only from a complete response.

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
        timeout: Seconds that one attempt may take, however slowly bytes arrive. Only the time for
            resolving the host's name isn't limited. Default: 10.
        deadline: Seconds that a call may take with its retries. Default: 30.
        return_after: Seconds after which a failed URL is probed. Default: 30.
        slots: The slots of this process, as one hex digit or several, such as "03". Up to 16
            processes of which each has slots of its own lose no number to lost responses. A request
            waits while all of them are in use. Default: all slots.

    Raises:
        ValueError: A URL isn't one, the number of API keys differs, a number of seconds isn't above
            0, or `slots` isn't one or several hex digits.
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
        slots: str | None = None,
    ) -> None:
        seconds = {"timeout": timeout, "deadline": deadline, "return_after": return_after}
        for name, value in seconds.items():
            if not (isinstance(value, int | float) and 0 < value < math.inf) or value is True:
                raise ValueError(f"{name} must be a number of seconds above 0, got {value!r}")
        self._arguments: dict[str, Any] = {
            "url": url,
            "api_key": api_key,
            "auth": auth,
            "slots": slots,
            **seconds,
        }
        self._endpoints = endpoints(url, api_key)
        self._auth = auth
        self._timeout = timeout
        self._deadline = deadline
        self._return_after = return_after
        self._slots = slots
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
        return self.reserve_until(self._is_closed, key, count, idempotency_key)

    def reserve_until(
        self,
        canceled: threading.Event,
        key: str,
        count: int,
        idempotency_key: UUID | str | None = None,
    ) -> range:
        """Reserve numbers as `reserve` does, without retries after the event `canceled`."""
        if not is_count(count):
            raise ValueError(f"count must be a number from 1 to {MAX_BLOCK}, got {count!r}")
        end = time.monotonic() + self._deadline
        try:
            with self._idempotency_keys.for_request(key, idempotency_key, self._deadline) as unique:
                parameters = {"count": count, "idempotencyKey": unique}
                last = self._service.number("next", key, end, canceled, **parameters)
        except TimeoutError as error:
            raise CounterUnavailableError(str(error)) from None
        return range(last - count + 1, last + 1)

    def current(self, key: str) -> int:
        """Return the last number issued for `key`, 0 if none, without counting.

        Raises:
            CounterError: As for `next`.
        """
        return self.current_until(self._is_closed, key)

    def current_until(self, canceled: threading.Event, key: str) -> int:
        """Return the last number as `current` does, without retries after the event `canceled`."""
        return self._service.number("current", key, time.monotonic() + self._deadline, canceled)

    def assign(self, key: str, document: str) -> int:
        """Return the number of a document, the same forever: the next of `key` if it has none yet.

        The counter must have the option `documents`. The client remembers the last number of each
        key. So it needs one request for each document but the first, as long as no other client
        assigns numbers of that key.

        Args:
            key: The counter.
            document: What identifies the document, such as the id of an order.

        Raises:
            OvertakenError: Other documents got their numbers first, until the deadline.
            CounterError: As for `next`.
        """
        return self.assign_until(self._is_closed, key, document)

    def assign_until(self, canceled: threading.Event, key: str, document: str) -> int:
        """Return a document's number as `assign` does, without retries after `canceled`."""
        return self._documents.assign(key, document, time.monotonic() + self._deadline, canceled)

    def number_of(self, key: str, document: str) -> int | None:
        """Return the number of a document, or None if it has none, without assigning one.

        The counter must have the option `documents`.

        Raises:
            CounterError: As for `next`.
        """
        return self.number_of_until(self._is_closed, key, document)

    def number_of_until(self, canceled: threading.Event, key: str, document: str) -> int | None:
        """Return a document's number as `number_of` does, without retries after `canceled`."""
        return self._documents.number_of(key, document, time.monotonic() + self._deadline, canceled)

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
        self._service.close()

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
        self._idempotency_keys = IdempotencyKeys(self._slots)
        self._is_closed = threading.Event()
        self._service = Service(
            self._endpoints, self._auth, self._timeout, self._return_after, MAX_LEASES
        )
        self._documents = Documents(self._service)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the arguments: another process opens its own connections."""
        return partial(type(self), **self._arguments), ()
