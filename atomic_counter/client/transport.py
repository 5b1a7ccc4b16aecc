"""What a client needs of a service that counts."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID


class Transport(Protocol):
    """Sends one request to a service that counts, and understands its response.

    Each method is one attempt of at most `seconds`. It raises a `CounterError` if there is no
    result, which is a `CounterUnavailableError` if a retry can have one.
    """

    def reserve(self, key: str, count: int, idempotency_key: UUID, seconds: float) -> int:
        """Add `count` to the counter, once for each idempotency key, and return its new value."""

    def current(self, key: str, seconds: float) -> int:
        """Return the last number issued, 0 if none."""

    def assign(self, key: str, document: str, after: int, seconds: float) -> int:
        """Return the number of a document. If it has none, it gets the one after `after`.

        Raises:
            OvertakenError: `after` isn't the last number issued.
        """

    def assign_list(
        self, key: str, documents: Sequence[str], after: int, seconds: float
    ) -> list[int]:
        """Return the numbers of documents. If they have none, they get those after `after`.

        Raises:
            OvertakenError: `after` isn't the last number issued.
            PartlyAssignedError: Some of them have a number, and the others get none.
        """

    def number_of(self, key: str, document: str, seconds: float) -> int | None:
        """Return the number of a document, or None if it has none."""

    def close(self) -> None:
        """Close the connections."""
