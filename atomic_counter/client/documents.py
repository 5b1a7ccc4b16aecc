"""The numbers of documents, for a counter with the option `documents`."""

import random
import threading
import time
from http import HTTPStatus

from atomic_counter.client.errors import (
    CounterRefusedError,
    CounterUnavailableError,
    OvertakenError,
)
from atomic_counter.client.service import Service, text, wait

FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 0.01, 0.1
# Without documents, a counter refuses this count instead of issuing a number that nobody gets.
ONLY_WITH_DOCUMENTS = {"count": 0}
NO_NUMBER = "this documentKey has no number"


class Documents:
    """Assigns numbers to documents, and remembers the last number of each key.

    Args:
        service: Sends the requests.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._last: dict[str, int] = {}

    def assign(self, key: str, document: str, end: float, canceled: threading.Event) -> int:
        """Return the number of a document, which is the next of `key` if it has none yet.

        The first number that this client sends can be old, so it follows the counter at once. After
        that other clients are faster. So it waits for a random time, up to twice as long each time,
        and aims ahead of the counter by up to as many numbers as the others got meanwhile.
        Otherwise a client that has just got a number would always be first with the next one.

        Args:
            key: The counter.
            document: The document.
            end: The time of the deadline, by `time.monotonic`.
            canceled: After this event there is no retry.

        Raises:
            CounterError: There is none.
        """
        document = text("document", document)
        after = last = self._last.get(key, 0)
        longest_pause = 0.0
        overtaken: OvertakenError | None = None
        while True:
            try:
                parameters = {"documentKey": document, "after": after, **ONLY_WITH_DOCUMENTS}
                number = self._service.number("next", key, end, canceled, **parameters)
            except CounterUnavailableError as error:
                # An attempt that the deadline cuts short doesn't tell why there is no number.
                if overtaken and time.monotonic() >= end:
                    raise overtaken from None
                if not isinstance(error, OvertakenError):
                    raise
                overtaken = error
                if error.last_number is not None:
                    lead = max(0, error.last_number - last) if longest_pause else 0
                    self._last[key] = last = error.last_number
                    after = last + random.randint(0, lead)  # noqa: S311 (no secret)
                pause = random.uniform(0, longest_pause)  # noqa: S311 (jitter)
                longest_pause = min(MAX_PAUSE_SECONDS, max(FIRST_PAUSE_SECONDS, 2 * longest_pause))
                if not wait(pause, end, canceled):
                    raise
                continue
            self._last[key] = max(number, last)
            return number

    def number_of(
        self, key: str, document: str, end: float, canceled: threading.Event
    ) -> int | None:
        """Return the number of a document, or None. The arguments are those of `assign`."""
        try:
            parameters = {"documentKey": text("document", document), **ONLY_WITH_DOCUMENTS}
            return self._service.number("document", key, end, canceled, **parameters)
        except CounterRefusedError as error:
            if (error.status, error.message) == (HTTPStatus.NOT_FOUND, NO_NUMBER):
                return None
            raise
