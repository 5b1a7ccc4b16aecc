"""The numbers of documents, for a counter with the option `documents`."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from typing import Any

from atomic_counter.client.arguments import plain_limit, plain_string
from atomic_counter.client.connections import Result
from atomic_counter.client.errors import (
    CounterError,
    CounterUnavailableError,
    LimitReachedError,
    OvertakenError,
    PartlyAssignedError,
)
from atomic_counter.client.retries import Deadline, independent_random, random_pauses
from atomic_counter.client.service import Service
from atomic_counter.client.turns import Turns

DOCUMENT_PAUSE_SECONDS, MAX_DOCUMENT_PAUSE_SECONDS = 0.01, 0.1
# The documents of one request, of which each is an action of one transaction.
MAX_LIST = 99


class Documents:
    """Assigns numbers to documents, and remembers the last number of each key.

    Threads wait for each other, as each needs the last number that the one before gets.

    Args:
        service: Sends the requests.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._turns = Turns()
        self._last: dict[str, int] = {}

    def assign(
        self,
        deadline: Deadline,
        key: str,
        document: str,
        limit: int | None = None,
        **options: Any,
    ) -> int:
        """Return the number of a document, which is the next of `key` if it has none yet.

        The options are those of the transport's `assign`.
        """
        key, document = plain_string("key", key), plain_string("document", document)
        highest = plain_limit(limit)

        def send(after: int) -> int:
            attempt = partial(self._service.transport.assign, key, document, after, **options)
            return self._service.call(deadline, attempt)

        with self._turns.turn(key, deadline):
            return self._remember(key, self._follow(deadline, key, send, 1, highest))

    def assign_many(
        self, deadline: Deadline, key: str, documents: Sequence[str], limit: int | None = None
    ) -> list[int]:
        """Return the numbers of documents in order, of up to 99 documents in each request.

        The deadline is that of the first request, and each of the others has as much time.
        """
        if isinstance(documents, str):
            raise TypeError(f"documents must be a list of strings, got {documents!r}")
        key, names = plain_string("key", key), [plain_string("document", d) for d in documents]
        highest = plain_limit(limit)
        numbers: dict[str, int] = {}
        pending = list(dict.fromkeys(names))
        try:
            while pending:
                with self._turns.turn(key, deadline):
                    self._assign_list(deadline, key, pending[:MAX_LIST], highest, numbers)
                pending = pending[MAX_LIST:]
                deadline = deadline.renewed()
        except CounterError as error:
            error.numbers = numbers
            raise
        return [numbers[name] for name in names]

    def number_of(self, deadline: Deadline, key: str, document: str) -> int | None:
        """Return the number of a document, or None if it has none."""
        key, document = plain_string("key", key), plain_string("document", document)
        attempt = partial(self._service.transport.number_of, key, document)
        return self._service.call(deadline, attempt)

    def _assign_list(
        self,
        deadline: Deadline,
        key: str,
        documents: Sequence[str],
        highest: int,
        found: dict[str, int],
    ) -> None:
        """Add the numbers of up to 99 documents to `found`. Some can have one already."""

        def send(after: int) -> list[int]:
            attempt = partial(self._service.transport.assign_list, key, documents, after)
            return self._service.call(deadline, attempt)

        of_list: Sequence[int | None]
        try:
            of_list = numbers = self._follow(deadline, key, send, len(documents), highest)
            self._remember(key, max(numbers))
        except PartlyAssignedError as error:
            of_list = error.of_list
            if len(of_list) != len(documents) or None not in of_list or not any(of_list):
                raise  # It isn't about these documents.
        of_document = dict(zip(documents, of_list, strict=True))
        found.update((d, n) for d, n in of_document.items() if n is not None)
        others = [document for document, number in of_document.items() if number is None]
        if others:
            self._assign_list(deadline, key, others, highest, found)

    def _remember(self, key: str, number: int) -> int:
        self._last[key] = max(number, self._last.get(key, 0))
        return number

    def _follow(
        self,
        deadline: Deadline,
        key: str,
        send: Callable[[int], Result],
        count: int,
        highest: int,
    ) -> Result:
        """Send the last number of a key, until no other client is faster.

        The first number that this client sends can be outdated, so the first retry is immediate.
        After that, other clients are faster, so the client waits for a random time, and skips ahead
        by up to the count of numbers issued meanwhile. Otherwise a client that has just got a
        number would always be first with the next one. It never sends a number that could issue one
        above `highest`.
        """
        if (highest_after := highest - count) < 0:
            raise LimitReachedError(key, highest)
        after = last = self._last.get(key, 0)
        overtaken: OvertakenError | None = None
        pauses = chain([0.0], random_pauses(DOCUMENT_PAUSE_SECONDS, MAX_DOCUMENT_PAUSE_SECONDS))
        while True:
            try:
                return send(min(after, highest_after))
            except CounterUnavailableError as error:
                # An attempt that the deadline cuts short doesn't tell why there is no number.
                if overtaken and deadline.seconds_left <= 0:
                    raise overtaken from None
                if not isinstance(error, OvertakenError):
                    raise
                if error.last_number is not None:
                    lead = max(0, error.last_number - last) if overtaken else 0
                    self._last[key] = last = error.last_number
                    if last > highest_after:
                        raise LimitReachedError(key, highest) from None
                    after = last + independent_random.randint(0, lead)
                overtaken = error
                if not deadline.pause(next(pauses)):
                    raise
