"""What is known from the periods that a text shows: other periods, and a day."""

import datetime
from collections.abc import Iterable, Iterator
from functools import lru_cache

from atomic_counter.client.numbering.fields import (
    DIRECTIVES,
    FISCAL_YEARS,
    PERIODS,
    Field,
    MonthAndDay,
)

# Years of four digits, and so are the fiscal years and the years of weeks that overlap with them.
YEARS = range(1000, 9999)
# The calendar repeats itself after 400 years.
CALENDAR = range(2000, 2400)
# In 28 years, every weekday of 1 January comes in leap years, before them, and after them.
KINDS_OF_YEARS = range(2000, 2028)
REMEMBERED_DAYS = 4096


def known_periods(shown: Iterable[Field], fiscal_year_start: MonthAndDay) -> set[Field]:
    """Return the periods that are known from those that a text shows, and these."""
    known = set(shown)
    for enough, follow in _consequences(fiscal_year_start):
        if known.issuperset(enough):
            known.update(follow)
    return known


def _consequences(fiscal_year_start: MonthAndDay) -> Iterator[tuple[list[Field], list[Field]]]:
    year, short, month, day = (Field("date", f"%{letter}") for letter in "Yymd")
    fiscal, short_fiscal = (
        [Field(name, directive) for name in FISCAL_YEARS] for directive in ("%Y", "%y")
    )
    every = [Field(name, directive) for name in PERIODS for directive in DIRECTIVES[name]]
    if fiscal_year_start == (1, 1):  # The fiscal year is the year.
        for group in ([year, *fiscal], [short, *short_fiscal]):
            yield from (([one], group) for one in group)
    yield [year, month, day], every
    yield [year, Field("date", "%j")], every
    yield [year], [short]
    if fiscal_year_start[1] == 1:  # Each month is in one fiscal year.
        yield [year, month], fiscal
        yield [short, month], short_fiscal
    for one in fiscal:
        yield [one], [*fiscal, *short_fiscal]
    for one in short_fiscal:
        yield [one], short_fiscal


@lru_cache(REMEMBERED_DAYS)
def day_that_shows(
    values: tuple[tuple[Field, str], ...], fiscal_year_start: MonthAndDay
) -> datetime.date | None:
    """Return a day on which each field has its value, or None if there is none."""
    for year in _years(values):
        first, last = datetime.date(year, 1, 1), datetime.date(year, 12, 31)
        for day in map(datetime.date.fromordinal, range(first.toordinal(), last.toordinal() + 1)):
            if all(field.shown(day, fiscal_year_start) == value for field, value in values):
                return day
    return None


def _years(values: Iterable[tuple[Field, str]]) -> Iterable[int]:
    """Return the years to search: a fiscal year and a year of weeks can be the year before."""
    for field, value in values:
        if field.format in ("%Y", "%G"):
            year = int(value)
            return [each for each in (year, year + 1, year - 1) if each in YEARS]
    for field, value in values:
        if field.format == "%y":
            return [year for year in CALENDAR if (year - int(value) + 1) % 100 <= 2]  # noqa: PLR2004
    return KINDS_OF_YEARS
