"""What a series needs of a client."""

from collections.abc import Sequence
from typing import Protocol


class NumberSource(Protocol):
    """What a `Series` needs of a client."""

    def next(self, key: str, /) -> int:
        """Return the next number of `key`."""

    def assign(self, key: str, document: str, /, *, limit: int | None) -> int:
        """Return the number of a document, at most `limit`."""

    def assign_many(self, key: str, documents: Sequence[str], /, *, limit: int | None) -> list[int]:
        """Return the numbers of documents in order, at most `limit`."""


class AsyncNumberSource(Protocol):
    """What an `AsyncSeries` needs of a client."""

    async def next(self, key: str, /) -> int:
        """Return the next number of `key`."""

    async def assign(self, key: str, document: str, /, *, limit: int | None) -> int:
        """Return the number of a document, at most `limit`."""

    async def assign_many(
        self, key: str, documents: Sequence[str], /, *, limit: int | None
    ) -> list[int]:
        """Return the numbers of documents in order, at most `limit`."""
