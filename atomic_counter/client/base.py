"""What all clients have in common."""

from collections.abc import Callable
from functools import partial
from threading import Event
from typing import Any, Self

from atomic_counter.client.arguments import plain_seconds, plain_string
from atomic_counter.client.blocks import Block, Counter
from atomic_counter.client.calls import Calls
from atomic_counter.client.forking import PerProcess
from atomic_counter.client.idempotency import IdempotencyKeys
from atomic_counter.client.retries import Deadline
from atomic_counter.client.service import Service
from atomic_counter.client.transport import Transport


class BaseClient:
    """The calls of a client, and its arguments for another process.

    Args:
        create_transport: Creates the transport of a process.
        timeout: Seconds that one attempt may take.
        deadline: Seconds that a call may take with its retries.
        slots: The slots of this process. None: all.

    Raises:
        ValueError: A number of seconds isn't above 0, or `slots` isn't one or several hex digits.
    """

    _create_again: partial[Self]

    def __new__(cls, *arguments: Any, **options: Any) -> Self:
        """Remember the arguments, with which another process creates its client."""
        client = super().__new__(cls)
        client._create_again = partial(cls, *arguments, **options)
        return client

    def __init__(
        self,
        create_transport: Callable[[], Transport],
        timeout: float,
        deadline: float,
        slots: str | None,
    ) -> None:
        timeout = plain_seconds("timeout", timeout)
        self._deadline_seconds = plain_seconds("deadline", deadline)

        def create_calls() -> Calls:
            return Calls(Service(create_transport(), timeout), IdempotencyKeys(slots))

        self._held = PerProcess(create_calls)
        self._held.get()

    @property
    def _calls(self) -> Calls:
        return self._held.get()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the arguments: another process opens its own connections."""
        return self._create_again, ()

    def _deadline(self, canceled: Event | None = None) -> Deadline:
        return Deadline(self._deadline_seconds, canceled or self._calls.is_closed)

    def _counter(self, key: str, block: Block) -> Counter:
        key = plain_string("key", key)
        return Counter(lambda count: self._calls.reserve(self._deadline(), key, count), block)
