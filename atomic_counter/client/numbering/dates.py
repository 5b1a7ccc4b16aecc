"""The dates of numbers: a date of the caller, or today in a time zone."""

import datetime
from collections.abc import Callable
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from atomic_counter.client.arguments import plain_string
from atomic_counter.client.numbering.periods import YEARS

Clock = Callable[[], datetime.datetime]
# Names that aren't of a place or UTC: of the system's own zone, and of none.
NOT_ZONES = {"localtime", "Factory"}


def system_clock() -> datetime.datetime:
    """Return the time now."""
    return datetime.datetime.now(datetime.UTC)


class Dates:
    """Returns the date of a number.

    Args:
        time_zone: The time zone of today, and of dates with a time. None: neither is possible.
        clock: Returns the time now, with a time zone.

    Raises:
        ValueError: There is no such time zone.
        TypeError: The time zone isn't a string, or the clock can't be called.
    """

    def __init__(self, time_zone: str | None, clock: Clock) -> None:
        self._zone = None if time_zone is None else _zone(plain_string("time_zone", time_zone))
        if not callable(clock):
            raise TypeError(f"clock must be a function that returns the time, got {clock!r}")
        self._clock = clock

    def date(self, given: datetime.date | None) -> datetime.date:
        """Return the caller's date as one without a time, or today for None.

        Raises:
            TypeError: It isn't a date.
            ValueError: It needs a time zone, or its year hasn't four digits.
        """
        if given is None:
            if self._zone is None:
                raise ValueError("date must be given for a series without time_zone, got None")
            given = self._clock()
        date = self._local_date(given) if isinstance(given, datetime.datetime) else given
        if not isinstance(date, datetime.date):
            raise TypeError(f"date must be a datetime.date, got {given!r}")
        if date.year not in YEARS:
            raise ValueError(f"date must be in the years {YEARS[0]} to {YEARS[-1]}, got {given}")
        return date

    def _local_date(self, time: datetime.datetime) -> datetime.date:
        if self._zone is None:
            raise ValueError(f"date must have no time for a series without time_zone, got {time!r}")
        if time.utcoffset() is None:
            raise ValueError(f"date must have no time, or a time with a tzinfo, got {time!r}")
        # A time of the first or the last year can have no time in the zone.
        if time.year not in YEARS:
            return time.date()
        # By way of UTC: a time of the same zone that doesn't exist would stay as it is.
        return time.astimezone(datetime.UTC).astimezone(self._zone).date()


@cache  # The names are read from the files of the system.
def _zone(name: str) -> ZoneInfo:
    names = available_timezones()
    if name in names - NOT_ZONES:
        return ZoneInfo(name)
    if not names:
        raise ValueError(
            f"time_zone must be known to the system, which has no time zones, got {name!r}:"
            " install tzdata, or this package with the extra series"
        )
    raise ValueError(f'time_zone must be a time zone such as "Europe/Berlin", got {name!r}')
