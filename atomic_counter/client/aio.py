"""The client for asyncio programs: the same methods, as coroutines."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import UUID

from atomic_counter.client.leasing import Block, Counter
from atomic_counter.client.sync import CounterClient

Result = TypeVar("Result")


class AsyncCounter(AsyncIterator[int]):
    """Returns numbers as `Counter` does, and waits without blocking the event loop.

    tickets = client.counter("tickets", block=1000)
    number = await anext(tickets)

    Args:
        counter: The counter whose numbers it returns.
        next_single: Requests a single number, for blocks of one.
    """

    def __init__(self, counter: Counter, next_single: Callable[[], Awaitable[int]] | None) -> None:
        self._counter = counter
        self._next_single = next_single

    async def __anext__(self) -> int:
        """Return the next number.

        Raises:
            CounterError: As for `Counter.__next__`.
        """
        if self._next_single:
            return await self._next_single()
        loop, failures = asyncio.get_running_loop(), self._counter.failures
        while True:
            changed = asyncio.Event()
            wake = partial(loop.call_soon_threadsafe, changed.set)
            number = self._counter.poll(failures, wake)
            if number is not None:
                return number
            await changed.wait()


class AsyncCounterClient:
    """The client of a counter, as `CounterClient`.

    client = AsyncCounterClient("https://….amazonaws.com/prod/counter")
    number = await client.next("invoices")

    Each request runs in a thread of its own, which neither occupies the event loop's executor nor
    delays the end of the program. A canceled call sends no further request.

    Args:
        url: As for `CounterClient`.
        **options: As for `CounterClient`.
    """

    def __init__(self, url: str | Sequence[str], **options: Any) -> None:
        self._client = CounterClient(url, **options)

    async def next(self, key: str, *, idempotency_key: UUID | str | None = None) -> int:
        """Return the next number of `key`, as `CounterClient.next`."""
        return (await self.reserve(key, 1, idempotency_key=idempotency_key))[0]

    async def reserve(
        self, key: str, count: int, *, idempotency_key: UUID | str | None = None
    ) -> range:
        """Reserve `count` numbers of `key`, as `CounterClient.reserve`."""
        return await _in_thread(self._client.reserve_until, key, count, idempotency_key)

    async def current(self, key: str) -> int:
        """Return the last number issued for `key`, as `CounterClient.current`."""
        return await _in_thread(self._client.current_until, key)

    async def assign(self, key: str, document: str) -> int:
        """Return the number of a document, as `CounterClient.assign`."""
        return await _in_thread(self._client.assign_until, key, document)

    async def number_of(self, key: str, document: str) -> int | None:
        """Return the number of a document or None, as `CounterClient.number_of`."""
        return await _in_thread(self._client.number_of_until, key, document)

    def counter(self, key: str, *, block: Block) -> AsyncCounter:
        """Return an iterator over numbers of `key`, for `async for` and `anext`."""
        next_single = partial(self.next, key) if block == 1 else None
        return AsyncCounter(self._client.counter(key, block=block), next_single)

    async def close(self) -> None:
        """Close the connections."""
        self._client.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        await self.close()


async def _in_thread(function: Callable[..., Result], *arguments: object) -> Result:
    """Run a function in a daemon thread, with an event that ends its retries when it's canceled."""
    loop, canceled = asyncio.get_running_loop(), threading.Event()
    future: asyncio.Future[Result] = loop.create_future()

    def finish(set_outcome: Callable[[], None]) -> None:
        if not future.cancelled():
            set_outcome()

    def run() -> None:
        try:
            set_outcome = partial(future.set_result, function(canceled, *arguments))
        except BaseException as error:
            set_outcome = partial(future.set_exception, error)
        with suppress(RuntimeError):  # The event loop is closed.
            loop.call_soon_threadsafe(finish, set_outcome)

    threading.Thread(target=run, name="atomic counter", daemon=True).start()
    try:
        return await future
    finally:
        canceled.set()
