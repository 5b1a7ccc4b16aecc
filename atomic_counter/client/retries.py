"""The rule of retries: which failure, after which pause, and until when."""

import math
import random
import re
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

PAUSE_SECONDS, MAX_PAUSE_SECONDS = 0.1, 5
# Forked processes would share the state of another generator.
independent_random = random.SystemRandom()
# The longest time until a pause notices that the call was canceled.
POLL_SECONDS = 0.05


def is_retryable(status: int | None) -> bool:
    """Return whether a retry can succeed after this status, or after no response (None)."""
    return (
        status is None
        or status == HTTPStatus.TOO_MANY_REQUESTS
        or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    )


def retry_after_seconds(value: str) -> float:
    """Return the seconds in a header that has a number or a date, and 0 for any other."""
    if re.fullmatch(r"[0-9]+", value, re.ASCII):
        return float(value) if len(value) < 10 else math.inf  # noqa: PLR2004 (longer than a life)
    try:
        date = parsedate_to_datetime(value)
        return max(
            0.0, (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
        )
    except OverflowError:  # A date beyond any calendar.
        return math.inf
    except (IndexError, TypeError, ValueError):
        return 0


def random_pauses(
    longest: float = PAUSE_SECONDS, limit: float = MAX_PAUSE_SECONDS
) -> Iterator[float]:
    """Return random seconds of up to `longest`, which doubles each time up to `limit`."""
    while True:
        yield independent_random.uniform(0, longest)
        longest = min(limit, longest * 2)


class Deadline:
    """The end of a call: a time, or an event that cancels it.

    Args:
        seconds: The seconds that the call may take.
        canceled: After this event there is no retry.
    """

    def __init__(self, seconds: float, canceled: threading.Event) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._canceled = canceled

    def renewed(self) -> "Deadline":
        """Return a deadline with the whole time from now on."""
        return Deadline(self._seconds, self._canceled)

    @property
    def seconds_left(self) -> float:
        """The seconds until the deadline. Not above 0: it has passed."""
        return self._end - time.monotonic()

    @property
    def is_over(self) -> bool:
        """Whether the deadline has passed, or the call is canceled."""
        return self.seconds_left <= 0 or self._canceled.is_set()

    def pause(self, seconds: float) -> bool:
        """Pause, and return whether the call continues. It ends at once if the deadline is first.

        An interrupt at any line breaks nothing.
        """
        end = time.monotonic() + seconds
        while end < self._end and not self._canceled.is_set():
            left = end - time.monotonic()
            if left <= 0:
                return True
            time.sleep(min(left, POLL_SECONDS))
        return False
