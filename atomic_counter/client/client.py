"""The client over HTTP."""

from collections.abc import Sequence
from functools import partial
from threading import Event
from typing import Any, Self
from uuid import UUID

from requests.auth import AuthBase

from atomic_counter.client.arguments import plain_seconds, plain_string
from atomic_counter.client.blocks import Block, Counter
from atomic_counter.client.calls import Calls
from atomic_counter.client.endpoints import endpoints
from atomic_counter.client.forking import PerProcess
from atomic_counter.client.idempotency import IdempotencyKeys
from atomic_counter.client.retries import Deadline
from atomic_counter.client.service import Service


class BaseClient:
    """What both clients have in common: their arguments, and the calls with these arguments."""

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
        seconds = {name: plain_seconds(name, value) for name, value in seconds.items()}
        if not (auth is None or callable(auth)):
            raise TypeError(f"auth must be a function, such as IamAuth(), got {auth!r}")
        self._arguments: dict[str, Any] = {
            "url": url,
            "api_key": api_key,
            "auth": auth,
            "slots": slots,
            **seconds,
        }
        self._deadline_seconds = seconds.pop("deadline")
        create_service = partial(Service, endpoints(url, api_key), auth, **seconds)
        self._held = PerProcess(lambda: Calls(create_service(), IdempotencyKeys(slots)))
        self._held.get()

    @property
    def _calls(self) -> Calls:
        return self._held.get()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the arguments: another process opens its own connections."""
        return partial(type(self), **self._arguments), ()

    def _deadline(self, canceled: Event | None = None) -> Deadline:
        return Deadline(self._deadline_seconds, canceled or self._calls.is_closed)

    def _counter(self, key: str, block: Block) -> Counter:
        key = plain_string("key", key)
        return Counter(lambda count: self._calls.reserve(self._deadline(), key, count), block)


class CounterClient(BaseClient):
    """The client of a counter.

    client = CounterClient("https://….amazonaws.com/prod/counter")
    number = client.next("invoices")

    No number is issued twice, to any client, and a number comes only from a complete response. Each
    request has an idempotency key, which its retries keep: after a lost response, a retry returns
    the number of the first attempt. Numbers are skipped if the deadline passes without a response,
    or if the counter has forgotten the request. `docs/client.md` has all guarantees and limits.

    With the URLs of a counter in several Regions, a request uses the first URL that works. All URLs
    must count in one strongly consistent table, or numbers repeat: see `docs/regions.md`.

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
        ValueError: A URL or an API key isn't one, their numbers differ, a number of seconds isn't
            above 0, or `slots` isn't one or several hex digits.
        TypeError: `auth` isn't a function.
    """

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
            UnexpectedResponseError: Something other than a counter responds, such as a proxy.
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
        return self._calls.reserve(self._deadline(), key, count, idempotency_key)

    def current(self, key: str) -> int:
        """Return the last number issued for `key`, 0 if none, without counting.

        Raises:
            CounterError: As for `next`.
        """
        return self._calls.current(self._deadline(), key)

    def assign(self, key: str, document: str, *, limit: int | None = None) -> int:
        """Return the number of a document, the same forever: the next of `key` if it has none yet.

        The counter must have the option `documents`. The client remembers the last number of each
        key. So it needs one request for each document but the first, as long as no other client
        assigns numbers of that key.

        Args:
            key: The counter.
            document: What identifies the document, such as the id of an order.
            limit: The highest number that a document may get. Default: None, which is none.

        Raises:
            LimitReachedError: The next number is above the limit, and isn't issued.
            OvertakenError: Other documents got their numbers first, until the deadline.
            ValueError: The limit isn't a whole number above 0.
            CounterError: As for `next`.
        """
        return self._calls.documents.assign(self._deadline(), key, document, limit)

    def assign_many(
        self, key: str, documents: Sequence[str], *, limit: int | None = None
    ) -> list[int]:
        """Return the numbers of documents in order, of up to 99 documents in each request.

        Documents that have no number get the next ones, in the order of the list. Two calls with
        the same documents, also at the same time, return the same numbers.

        Args:
            key: The counter.
            documents: What identifies each document, any number of them. The same one twice has one
                number.
            limit: As for `assign`. A request whose documents don't all fit issues no number.

        Raises:
            CounterError: As for `assign`. Its attribute `numbers` has the numbers so far, which
                their documents keep. Each request has the time of the deadline.
        """
        return self._calls.documents.assign_many(self._deadline(), key, documents, limit)

    def number_of(self, key: str, document: str) -> int | None:
        """Return the number of a document, or None if it has none, without assigning one.

        The counter must have the option `documents`.

        Raises:
            CounterError: As for `next`.
        """
        return self._calls.documents.number_of(self._deadline(), key, document)

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
        return self._counter(key, block)

    def close(self) -> None:
        """Close the connections, and end all retries, in the background too."""
        self._calls.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
