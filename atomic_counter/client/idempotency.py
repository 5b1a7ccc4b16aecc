"""Idempotency keys: what names a request, also where it is sent again."""

import random
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

SLOTS = "0123456789abcdef"
"""A counter remembers the last request in each; a UUID's last digit picks it."""


class IdempotencyKeys:
    """Names requests so that those of one client do not make each other forgotten."""

    def __init__(self) -> None:
        self._free = deque(random.SystemRandom().sample(SLOTS, len(SLOTS)))

    @contextmanager
    def of_request(self, given: UUID | str | None) -> Iterator[UUID]:
        """The key of one request: the caller's, or a new one in a slot that is not in use.

        Raises:
            ValueError: What is given is no UUID.
        """
        if given is not None:
            yield _uuid(given)
            return
        try:
            slot = self._free.popleft()
        except IndexError:  # There are more requests at once than slots.
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
            f"idempotency_key must be a UUID, got {given!r}; uuid.uuid5 makes one of any name"
        ) from None
