"""Idempotency keys, which identify a request and its retries."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4
from weakref import WeakValueDictionary

from atomic_counter.client.errors import CounterUnavailableError
from atomic_counter.client.retries import Deadline

SLOTS = "0123456789abcdef"
"""The last digit of a UUID selects a slot, in each of which a counter remembers one request."""
FREE_SLOT_SECONDS = 0.002


class _Use:
    """The use of a slot. It ends with the call, even if an interrupt skips the explicit end."""


class IdempotencyKeys:
    """Creates idempotency keys so that concurrent requests for a key use different slots.

    Args:
        slots: The slots to use, of which no other process uses any. Default: all, in random order,
            so that a few requests at once seldom meet those of another process.

    Raises:
        ValueError: `slots` isn't one or several hex digits.
    """

    def __init__(self, slots: str | None = None) -> None:
        if slots is not None and not (
            isinstance(slots, str) and slots and set(slots.lower()) <= set(SLOTS)
        ):
            raise ValueError(f"slots must be one hex digit or several, such as '03', got {slots!r}")
        self._are_own = slots is not None
        self._slots = slots.lower() if slots else random.SystemRandom().sample(SLOTS, len(SLOTS))
        self._uses: WeakValueDictionary[tuple[str, str], _Use] = WeakValueDictionary()
        self._lock = threading.Lock()

    @contextmanager
    def for_request(
        self, key: str, given: UUID | str | None = None, deadline: Deadline | None = None
    ) -> Iterator[UUID]:
        """Return the idempotency key of one request: the caller's, or a new one in a free slot.

        Args:
            key: The counter.
            given: The caller's. Default: None.
            deadline: How long to wait for a free slot if the slots are the process's own. Default:
                not at all.

        Raises:
            CounterUnavailableError: No slot is free before the deadline.
            ValueError: The caller's key isn't a UUID.
        """
        if given is not None:
            yield _uuid(given)
            return
        while True:
            use = _Use()
            slot = self._take_slot(key, use)
            if slot:
                break
            if not self._are_own:  # Another request may be forgotten, which costs a gap.
                yield uuid4()
                return
            # Unlike a condition, a pause survives an interrupt at any line.
            if not (deadline and deadline.pause(FREE_SLOT_SECONDS)):
                raise CounterUnavailableError(f"all slots of {key!r} were in use")
        try:
            yield UUID(f"{uuid4()}"[:-1] + slot)
        finally:
            self._uses.pop((key, slot), None)

    def _take_slot(self, key: str, use: _Use) -> str | None:
        with self._lock:
            for slot in self._slots:
                if (key, slot) not in self._uses:
                    self._uses[key, slot] = use
                    return slot
        return None


def _uuid(given: UUID | str) -> UUID:
    try:
        return given if isinstance(given, UUID) else UUID(given)
    except (AttributeError, TypeError, ValueError):
        raise ValueError(
            f"idempotency_key must be a UUID, got {given!r}; uuid.uuid5 makes one from any name"
        ) from None
