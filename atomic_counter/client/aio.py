"""The client for asyncio programs: the same names, to be awaited."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from atomic_counter.client.leasing import Block, Counter
from atomic_counter.client.sync import CounterClient


class AsyncCounter(AsyncIterator[int]):
    """Hands out numbers as `Counter` does; waits without holding up the event loop.

    Args:
        counter: Whose numbers these are.
    """

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    async def __anext__(self) -> int:
        """As `Counter.__next__`; a task that is cancelled while it waits may skip a number."""
        number = self._counter.at_hand()
        if number is None:
            number = await asyncio.to_thread(next, self._counter)
        return number


class AsyncCounterClient:
    """Takes numbers from a counter, as `CounterClient` does.

    Requests run in the threads of the event loop's default executor, which has a few more than
    the machine has cores; `loop.set_default_executor` allows for more at once.

    Args:
        url: As for `CounterClient`.
        **options: As for `CounterClient`.
    """

    def __init__(self, url: str | Sequence[str], **options: Any) -> None:
        self._client = CounterClient(url, **options)

    async def next(self, key: str, *, idempotency_key: UUID | str | None = None) -> int:
        """As `CounterClient.next`."""
        return await asyncio.to_thread(self._client.next, key, idempotency_key=idempotency_key)

    async def reserve(
        self, key: str, count: int, *, idempotency_key: UUID | str | None = None
    ) -> range:
        """As `CounterClient.reserve`."""
        return await asyncio.to_thread(
            self._client.reserve, key, count, idempotency_key=idempotency_key
        )

    async def current(self, key: str) -> int:
        """As `CounterClient.current`."""
        return await asyncio.to_thread(self._client.current, key)

    def counter(self, key: str, *, block: Block) -> AsyncCounter:
        """As `CounterClient.counter`, for `async for` and `anext`."""
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
