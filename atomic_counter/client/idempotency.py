"""Idempotency keys, which identify a request and its retries."""

import random
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

SLOTS = "0123456789abcdef"
"""The last digit of a UUID selects a slot, in each of which a counter remembers one request."""


class IdempotencyKeys:
    """Creates idempotency keys so that concurrent requests of one client use different slots."""

    def __init__(self) -> None:
        self._free = deque(random.SystemRandom().sample(SLOTS, len(SLOTS)))

    @contextmanager
    def for_request(self, given: UUID | str | None) -> Iterator[UUID]:
        """Return the key of one request: the caller's, or a new one in a free slot.

        Raises:
            ValueError: The caller's key isn't a UUID.
        """
        if given is not None:
            yield _uuid(given)
            return
        try:
            slot = self._free.popleft()
        except IndexError:  # There are more concurrent requests than slots.
            yield uuid4()
            return
        try:
            yield UUID(f"{uuid4()}"[:-1] + slot)
        finally:
            self._free.appendleft(slot)


def _uuid(given: UUID | str) -> UUID:
    try:
        return given if isinstance(given, UUID) else UUID(given)
    except (ValueError, AttributeError):
        raise ValueError(
            f"idempotency_key must be a UUID, got {given!r}; uuid.uuid5 makes one from any name"
        ) from None
