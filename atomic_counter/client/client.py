"""The clients of the HTTP API."""

from collections.abc import Sequence
from functools import partial

from requests.auth import AuthBase

from atomic_counter.client.aio import AsyncClient
from atomic_counter.client.arguments import plain_seconds
from atomic_counter.client.base import BaseClient
from atomic_counter.client.blocking import BlockingClient
from atomic_counter.client.http import HttpTransport, endpoints


class HttpClient(BaseClient):
    """The arguments of both clients of the HTTP API."""

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
        if not (auth is None or callable(auth)):
            raise TypeError(f"auth must be a function, such as IamAuth(), got {auth!r}")
        return_after = plain_seconds("return_after", return_after)
        create_transport = partial(HttpTransport, endpoints(url, api_key), auth, return_after)
        super().__init__(create_transport, timeout, deadline, slots)


class CounterClient(HttpClient, BlockingClient):
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


class AsyncCounterClient(HttpClient, AsyncClient):
    """The client of a counter, as `CounterClient`.

    client = AsyncCounterClient("https://….amazonaws.com/prod/counter")
    number = await client.next("invoices")

    The arguments are those of `CounterClient`.
    """
