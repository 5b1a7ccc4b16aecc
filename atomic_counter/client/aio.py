"""The client for asyncio programs: the same methods, as coroutines."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from atomic_counter.client.leasing import Block, Counter
from atomic_counter.client.sync import CounterClient


class AsyncCounter(AsyncIterator[int]):
    """Returns numbers as `Counter` does, and waits without blocking the event loop.

    tickets = client.counter("tickets", block=1000)
    number = await anext(tickets)

    Args:
        counter: The counter whose numbers it returns.
    """

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    async def __anext__(self) -> int:
        """Return the next number. A task that is canceled while it waits may skip a number.

        Raises:
            CounterError: As for `Counter.__next__`.
        """
        number = self._counter.next_nowait()
        if number is None:
            number = await asyncio.to_thread(next, self._counter)
        return number


class AsyncCounterClient:
    """The client of a counter, as `CounterClient`.

    client = AsyncCounterClient("https://….amazonaws.com/prod/counter")
    number = await client.next("invoices")

    Requests run in the threads of the event loop's default executor, which are a few more than the
    machine's cores. `loop.set_default_executor` allows more at once.

    Args:
        url: As for `CounterClient`.
        **options: As for `CounterClient`.
    """

    def __init__(self, url: str | Sequence[str], **options: Any) -> None:
        self._client = CounterClient(url, **options)

    async def next(self, key: str, *, idempotency_key: UUID | str | None = None) -> int:
        """Return the next number of `key`, as `CounterClient.next`."""
        return await asyncio.to_thread(self._client.next, key, idempotency_key=idempotency_key)

    async def reserve(
        self, key: str, count: int, *, idempotency_key: UUID | str | None = None
    ) -> range:
        """Reserve `count` numbers of `key`, as `CounterClient.reserve`."""
        return await asyncio.to_thread(
            self._client.reserve, key, count, idempotency_key=idempotency_key
        )

    async def current(self, key: str) -> int:
        """Return the last number issued for `key`, as `CounterClient.current`."""
        return await asyncio.to_thread(self._client.current, key)

    def counter(self, key: str, *, block: Block) -> AsyncCounter:
        """Return an iterator over numbers of `key`, for `async for` and `anext`."""
        return AsyncCounter(self._client.counter(key, block=block))

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
