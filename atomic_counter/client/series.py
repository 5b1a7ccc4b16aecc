"""Series: the numbers that people see, such as INV-2026-00042."""

import datetime
from collections.abc import Sequence
from inspect import iscoroutinefunction
from typing import Any, Generic, NamedTuple, TypeVar

from atomic_counter.client.errors import LimitReachedError
from atomic_counter.client.numbering import (
    AsyncNumberSource,
    Clock,
    Dates,
    Definition,
    NumberSource,
    system_clock,
)

# The date of a number whose definition shows none.
ANY_DATE = datetime.date(2000, 1, 1)


class SeriesNumber(NamedTuple):
    """A number of a series.

    Attributes:
        key: The key that counts, such as "invoices-2026".
        number: The number, such as 42.
        text: What people see, such as "INV-2026-00042".
    """

    key: str
    number: int
    text: str


Source = TypeVar("Source")


class BaseSeries(Generic[Source]):
    """What both series have in common: their definition, and what it says about a number."""

    _is_async: bool
    _client_name: str
    _other_series: str

    def __init__(  # noqa: PLR0913 (each has a name at the call)
        self,
        client: Source,
        *,
        key: str,
        text: str,
        time_zone: str | None = None,
        fiscal_year_start: str | None = None,
        check: str | None = None,
        clock: Clock = system_clock,
    ) -> None:
        methods = [getattr(client, name, None) for name in ("next", "assign", "assign_many")]
        is_client = all(map(callable, methods)) and not isinstance(client, type)
        if not is_client or iscoroutinefunction(methods[0]) != self._is_async:
            rule = f"be {self._client_name} or have its methods ({self._other_series})"
            raise TypeError(f"client must {rule}, got {client!r}")
        self._client = client
        self._definition = Definition(key, text, fiscal_year_start, check)
        self._dates = Dates(time_zone, clock)

    def parse(self, text: str) -> SeriesNumber:
        """Return key, number and text of a text of this series.

        Raises:
            ValueError: No date and number of this series have this text, or its check digit is
                wrong.
        """
        return SeriesNumber(*self._definition.parse(text), text)

    def _date(self, given: datetime.date | None) -> datetime.date:
        if not self._definition.has_period and isinstance(given, datetime.date | None):
            return ANY_DATE
        return self._dates.date(given)

    def _number(self, date: datetime.date, number: Any) -> SeriesNumber:
        if type(number) is not int or number < 1:
            rule = f"return whole numbers above 0 ({self._other_series})"
            raise TypeError(f"client must {rule}, got {number!r}")
        key, limit = self._definition.key(date), self._definition.limit
        if limit and number > limit:
            raise LimitReachedError(key, limit, number)
        return SeriesNumber(key, number, self._definition.text(date, number))

    def _numbers(
        self, date: datetime.date, documents: Sequence[str], numbers: Any
    ) -> list[SeriesNumber]:
        listed = numbers if isinstance(numbers, Sequence) else [numbers]
        try:
            return [self._number(date, number) for number in listed]
        except LimitReachedError as error:
            error.numbers = dict(zip(documents, listed, strict=False))
            raise


class Series(BaseSeries[NumberSource]):
    """A series of numbers that people see.

    invoices = Series(
        client,
        key="invoices-{date:%Y}",
        text="INV-{date:%Y}-{number:05}",
        time_zone="Europe/Berlin",
    )
    invoices.assign("order-17").text  # "INV-2026-00001"

    The date selects the key, and each key has numbers from 1. Key and text are templates with these
    fields:

    - `{date:%Y}`: with `%Y`, `%y`, `%m`, `%d`, `%j` (day of the year), `%G` and `%V` (ISO year and
      week), and any text between them.
    - `{fiscal_year}` and `{fiscal_year_end}`: the years in which the fiscal year begins and ends.
      `{fiscal_year:%y}` has two digits.
    - `{number:05}`, only in the text: the number with exactly 5 digits. `{number}` has as many as
      it needs.
    - `{check}`, only in the text, after all other fields: the check digits of the text before it.

    A definition that gives one text to two numbers is refused, so every period of the key must
    follow from the text. `docs/series.md` has examples.

    Args:
        client: A `CounterClient`, or what has its methods `next`, `assign` and `assign_many`.
        key: The template of the key that counts.
        text: The template of the text.
        time_zone: The time zone of today and of dates with a time, such as "Europe/Berlin".
            Default: None, so that each number needs a date without a time.
        fiscal_year_start: The month and day on which the fiscal year begins, such as "04-01".
        check: The algorithm of `{check}`: "luhn", "mod-97-10", "damm" or "verhoeff". All but
            "mod-97-10", which has two check digits and includes letters, are of digits alone.
            They need the extra `series`.
        clock: Returns the time now, with a time zone. Default: that of the system.

    Raises:
        ValueError: The definition isn't one, or gives one text to two numbers, or there is no such
            time zone.
        TypeError: The client is one for asyncio, or none, or an argument has another type.
        ModuleNotFoundError: `{check}` needs the extra `series`.
    """

    _is_async = False
    _client_name, _other_series = "a CounterClient", "AsyncSeries is for asyncio"

    def next(self, date: datetime.date | None = None) -> SeriesNumber:
        """Return the next number of the series.

        Args:
            date: The date of the number: a `date`, or a `datetime` with a time zone. Default: today
                in the time zone of the series.

        Raises:
            LimitReachedError: The number doesn't fit the text. It is skipped.
            ValueError: The date needs a time zone, or its year hasn't four digits.
            TypeError: The date isn't one, or the client returns something other than a number.
            CounterError: As for `CounterClient.next`.
        """
        day = self._date(date)
        return self._number(day, self._client.next(self._definition.key(day)))

    def assign(self, document: str, date: datetime.date | None = None) -> SeriesNumber:
        """Return the number of a document, the same forever for dates of one key.

        Args:
            document: What identifies the document, such as the id of an order.
            date: As for `next`. Pass the date that the document has, so that a retry on another day
                returns the same number.

        Raises:
            LimitReachedError: The series is full, so no number is issued, or the document has a
                number that doesn't fit the text.
            ValueError: As for `next`.
            TypeError: As for `next`.
            CounterError: As for `CounterClient.assign`.
        """
        day = self._date(date)
        key, limit = self._definition.key(day), self._definition.limit
        return self._number(day, self._client.assign(key, document, limit=limit))

    def assign_many(
        self, documents: Sequence[str], date: datetime.date | None = None
    ) -> list[SeriesNumber]:
        """Return the numbers of documents of one date, in order.

        Args:
            documents: What identifies each document.
            date: As for `assign`.

        Raises:
            CounterError: As for `CounterClient.assign_many`. Its attribute `numbers` has the
                numbers so far, without their texts.
            ValueError: As for `next`.
            TypeError: As for `next`.
        """
        day = self._date(date)
        key, limit = self._definition.key(day), self._definition.limit
        numbers = self._client.assign_many(key, documents, limit=limit)
        return self._numbers(day, documents, numbers)


class AsyncSeries(BaseSeries[AsyncNumberSource]):
    """A series of numbers that people see, as `Series`, for asyncio programs.

    tickets = AsyncSeries(client, key="tickets", text="T-{number:06}")
    (await tickets.next()).text  # "T-000001"

    Args:
        client: An `AsyncCounterClient`, or what has its methods. The others are those of `Series`.
    """

    _is_async = True
    _client_name, _other_series = "an AsyncCounterClient", "Series is for CounterClient"

    async def next(self, date: datetime.date | None = None) -> SeriesNumber:
        """Return the next number of the series, as `Series.next`."""
        day = self._date(date)
        return self._number(day, await self._client.next(self._definition.key(day)))

    async def assign(self, document: str, date: datetime.date | None = None) -> SeriesNumber:
        """Return the number of a document, as `Series.assign`."""
        day = self._date(date)
        key, limit = self._definition.key(day), self._definition.limit
        return self._number(day, await self._client.assign(key, document, limit=limit))

    async def assign_many(
        self, documents: Sequence[str], date: datetime.date | None = None
    ) -> list[SeriesNumber]:
        """Return the numbers of documents of one date in order, as `Series.assign_many`."""
        day = self._date(date)
        key, limit = self._definition.key(day), self._definition.limit
        numbers = await self._client.assign_many(key, documents, limit=limit)
        return self._numbers(day, documents, numbers)
