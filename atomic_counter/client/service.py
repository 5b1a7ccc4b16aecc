"""Requests to a service that counts, with their retries."""

from collections.abc import Callable

from atomic_counter.client.connections import Result
from atomic_counter.client.errors import CounterUnavailableError, OvertakenError
from atomic_counter.client.retries import Deadline, random_pauses
from atomic_counter.client.transport import Transport

# The system can't wait much longer for a connection.
MAX_ATTEMPT_SECONDS = 86_400


class Service:
    """Sends a request until it has a result, or is refused.

    Args:
        transport: Sends it once.
        timeout: Seconds that one attempt may take.

    Attributes:
        transport: The transport.
    """

    def __init__(self, transport: Transport, timeout: float) -> None:
        self.transport = transport
        self._timeout = timeout

    def call(self, deadline: Deadline, attempt: Callable[[float], Result]) -> Result:
        """Return the result of the first attempt that has one.

        Args:
            deadline: The end of the call.
            attempt: Sends the request once. It gets the seconds that it may take.

        Raises:
            CounterError: There is none.
            OvertakenError: Another document has got the number. There is no retry.
        """
        error: CounterUnavailableError | None = None
        pauses = random_pauses()
        while (left := deadline.seconds_left) > 0:
            try:
                return attempt(min(self._timeout, left, MAX_ATTEMPT_SECONDS))
            except OvertakenError:
                raise
            except CounterUnavailableError as failure:
                # An attempt that the deadline cuts short doesn't tell why there is no result.
                is_cut_short = failure.status is None and deadline.seconds_left <= 0
                error = error if error and is_cut_short else failure
            seconds = error.retry_after + next(pauses)
            if not deadline.pause(0 if error.has_alternative else seconds):
                break
        raise error or CounterUnavailableError("no time is left for an attempt")
