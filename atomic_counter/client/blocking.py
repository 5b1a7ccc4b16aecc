"""The methods of the clients that wait for each result."""

from collections.abc import Sequence
from typing import Self
from uuid import UUID

from atomic_counter.client.base import BaseClient
from atomic_counter.client.blocks import Block, Counter


class BlockingClient(BaseClient):
    """The methods of `CounterClient` and of `TableClient`."""

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
