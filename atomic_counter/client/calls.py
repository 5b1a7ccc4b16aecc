"""The calls of both clients, which end at their deadline or when they are canceled."""

import threading
from http import HTTPStatus
from itertools import chain
from uuid import UUID

from atomic_counter.client.arguments import plain_count, plain_string
from atomic_counter.client.errors import (
    CounterRefusedError,
    CounterUnavailableError,
    OvertakenError,
)
from atomic_counter.client.idempotency import IdempotencyKeys
from atomic_counter.client.retries import Deadline, independent_random, random_pauses
from atomic_counter.client.service import Service
from atomic_counter.client.turns import Turns

DOCUMENT_PAUSE_SECONDS, MAX_DOCUMENT_PAUSE_SECONDS = 0.01, 0.1
# Without documents, a counter refuses this count instead of issuing a number that nobody gets.
ONLY_WITH_DOCUMENTS = {"count": 0}
NO_NUMBER = "this documentKey has no number"


class Calls:
    """The calls of a client, with what they share: connections, slots, and each key's last number.

    Args:
        service: Sends the requests.
        idempotency_keys: Identify the requests.

    Attributes:
        is_closed: The event that ends all calls.
    """

    def __init__(self, service: Service, idempotency_keys: IdempotencyKeys) -> None:
        self.is_closed = threading.Event()
        self._service = service
        self._idempotency_keys = idempotency_keys
        self._turns = Turns()
        self._last: dict[str, int] = {}

    def reserve(
        self, deadline: Deadline, key: str, count: int, idempotency_key: UUID | str | None = None
    ) -> range:
        """Reserve numbers of `key` in one request, and return their range."""
        count = plain_count("count", count)
        with self._idempotency_keys.for_request(key, idempotency_key, deadline) as unique:
            parameters = {"count": count, "idempotencyKey": unique}
            last = self._service.number("post", key, deadline, least=count, **parameters)
        return range(last - count + 1, last + 1)

    def current(self, deadline: Deadline, key: str) -> int:
        """Return the last number issued for `key`."""
        return self._service.number("current", key, deadline)

    def assign(self, deadline: Deadline, key: str, document: str) -> int:
        """Return the number of a document, which is the next of `key` if it has none yet.

        Threads wait for each other, as each needs the last number that the one before gets.
        """
        key, document = plain_string("key", key), plain_string("document", document)
        with self._turns.turn(key, deadline):
            return self._assign(deadline, key, document)

    def _assign(self, deadline: Deadline, key: str, document: str) -> int:
        """Assign a document as soon as no other client is faster.

        The first number that this client sends can be outdated, so the first retry is immediate.
        After that, other clients are faster, so the client waits for a random time, and skips ahead
        by up to the count of numbers issued meanwhile. Otherwise a client that has just got a
        number would always be first with the next one.
        """
        after = last = self._last.get(key, 0)
        overtaken: OvertakenError | None = None
        pauses = chain([0.0], random_pauses(DOCUMENT_PAUSE_SECONDS, MAX_DOCUMENT_PAUSE_SECONDS))
        while True:
            try:
                parameters = {"documentKey": document, "after": after, **ONLY_WITH_DOCUMENTS}
                number = self._service.number("post", key, deadline, least=1, **parameters)
            except CounterUnavailableError as error:
                # An attempt that the deadline cuts short doesn't tell why there is no number.
                if overtaken and deadline.seconds_left <= 0:
                    raise overtaken from None
                if not isinstance(error, OvertakenError):
                    raise
                if error.last_number is not None:
                    lead = max(0, error.last_number - last) if overtaken else 0
                    self._last[key] = last = error.last_number
                    after = last + independent_random.randint(0, lead)
                overtaken = error
                if not deadline.pause(next(pauses)):
                    raise
            else:
                self._last[key] = max(number, last)
                return number

    def number_of(self, deadline: Deadline, key: str, document: str) -> int | None:
        """Return the number of a document, or None if it has none."""
        try:
            parameters = {"documentKey": plain_string("document", document), **ONLY_WITH_DOCUMENTS}
            return self._service.number("get", key, deadline, least=1, **parameters)
        except CounterRefusedError as error:
            if (error.status, error.message) == (HTTPStatus.NOT_FOUND, NO_NUMBER):
                return None
            raise

    def close(self) -> None:
        """Close the connections, and end all retries."""
        self.is_closed.set()
        self._service.close()
