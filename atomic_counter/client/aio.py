"""The methods of the clients for asyncio programs: the same, as coroutines."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Self
from uuid import UUID

from atomic_counter.client.base import BaseClient
from atomic_counter.client.blocks import Block, Counter
from atomic_counter.client.connections import Result
from atomic_counter.client.errors import CounterUnavailableError


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


class AsyncClient(BaseClient):
    """The methods of `AsyncCounterClient` and of `AsyncTableClient`.

    Each request runs in a thread of its own, which neither occupies the event loop's executor nor
    delays the end of the program. A canceled call sends no further request.
    """

    async def next(self, key: str, *, idempotency_key: UUID | str | None = None) -> int:
        """Return the next number of `key`, as `CounterClient.next`."""
        return (await self.reserve(key, 1, idempotency_key=idempotency_key))[0]

    async def reserve(
        self, key: str, count: int, *, idempotency_key: UUID | str | None = None
    ) -> range:
        """Reserve `count` numbers of `key`, as `CounterClient.reserve`."""
        return await self._call(self._calls.reserve, key, count, idempotency_key)

    async def current(self, key: str) -> int:
        """Return the last number issued for `key`, as `CounterClient.current`."""
        return await self._call(self._calls.current, key)

    async def assign(self, key: str, document: str, *, limit: int | None = None) -> int:
        """Return the number of a document, as `CounterClient.assign`."""
        return await self._call(self._calls.documents.assign, key, document, limit)

    async def assign_many(
        self, key: str, documents: Sequence[str], *, limit: int | None = None
    ) -> list[int]:
        """Return the numbers of documents in order, as `CounterClient.assign_many`."""
        return await self._call(self._calls.documents.assign_many, key, documents, limit)

    async def number_of(self, key: str, document: str) -> int | None:
        """Return the number of a document or None, as `CounterClient.number_of`."""
        return await self._call(self._calls.documents.number_of, key, document)

    def counter(self, key: str, *, block: Block) -> AsyncCounter:
        """Return an iterator over numbers of `key`, for `async for` and `anext`."""
        next_single = partial(self.next, key) if block == 1 else None
        return AsyncCounter(self._counter(key, block), next_single)

    async def close(self) -> None:
        """Close the connections."""
        self._calls.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _call(self, call: Callable[..., Result], *arguments: object) -> Result:
        """Run a call in a daemon thread, and cancel it when it isn't awaited any more."""
        canceled, result = threading.Event(), Future[Result]()
        result.set_running_or_notify_cancel()

        def run() -> None:
            try:
                result.set_result(call(self._deadline(canceled), *arguments))
            except StopIteration as error:  # Of `also`. No coroutine can raise it.
                result.set_exception(RuntimeError(f"StopIteration: {error}"))
            except BaseException as error:
                result.set_exception(error)

        try:
            threading.Thread(target=run, name="atomic counter", daemon=True).start()
        except RuntimeError as error:  # The system's limit, or the interpreter's exit.
            raise CounterUnavailableError(str(error)) from error
        try:
            return await asyncio.wrap_future(result)
        finally:
            canceled.set()
