"""The calls of both clients, which end at their deadline or when they are canceled."""

import threading
from functools import partial
from uuid import UUID

from atomic_counter.client.arguments import plain_count, plain_string
from atomic_counter.client.documents import Documents
from atomic_counter.client.idempotency import IdempotencyKeys
from atomic_counter.client.retries import Deadline
from atomic_counter.client.service import Service


class Calls:
    """The calls of a client, with what they share: connections, slots, and last numbers.

    Args:
        service: Sends the requests.
        idempotency_keys: Identify the requests.

    Attributes:
        documents: The calls for documents.
        is_closed: The event that ends all calls.
    """

    def __init__(self, service: Service, idempotency_keys: IdempotencyKeys) -> None:
        self.is_closed = threading.Event()
        self._service = service
        self._idempotency_keys = idempotency_keys
        self.documents = Documents(service)

    def reserve(
        self, deadline: Deadline, key: str, count: int, idempotency_key: UUID | str | None = None
    ) -> range:
        """Reserve numbers of `key` in one request, and return their range."""
        key, count = plain_string("key", key), plain_count("count", count)
        with self._idempotency_keys.for_request(key, idempotency_key, deadline) as unique:
            attempt = partial(self._service.transport.reserve, key, count, unique)
            last = self._service.call(deadline, attempt)
        return range(last - count + 1, last + 1)

    def current(self, deadline: Deadline, key: str) -> int:
        """Return the last number issued for `key`."""
        attempt = partial(self._service.transport.current, plain_string("key", key))
        return self._service.call(deadline, attempt)

    def close(self) -> None:
        """Close the connections, and end all retries."""
        self.is_closed.set()
        self._service.transport.close()
