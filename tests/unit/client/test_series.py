"""A series returns the number of its client with the key of the date and the text."""

import asyncio
import copy
import pickle
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone
from functools import partial
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from atomic_counter.client import AsyncSeries, LimitReachedError, Series, SeriesNumber
from atomic_counter.client.numbering import dates
from tests.unit.client.fakes import AsyncFakeSource, FakeSource

YEARLY: dict[str, Any] = {"key": "invoices-{date:%Y}", "text": "INV-{date:%Y}-{number:02}"}
PLAIN: dict[str, Any] = {"key": "tickets", "text": "T-{number:02}"}
DAY = date(2026, 12, 31)


@pytest.fixture
def source() -> FakeSource:
    return FakeSource()


@pytest.fixture
def yearly(source: FakeSource) -> Series:
    return Series(source, **YEARLY, time_zone="Europe/Berlin")


def test_next_number_has_key_and_text(yearly: Series) -> None:
    assert yearly.next(DAY) == SeriesNumber("invoices-2026", 1, "INV-2026-01")
    assert yearly.next(DAY) == SeriesNumber("invoices-2026", 2, "INV-2026-02")
    assert yearly.next(DAY + timedelta(days=1)) == ("invoices-2027", 1, "INV-2027-01")


def test_document_keeps_its_number(yearly: Series) -> None:
    texts = [yearly.assign(document, DAY).text for document in "aba"]
    assert texts == ["INV-2026-01", "INV-2026-02", "INV-2026-01"]


def test_numbers_of_many_documents_are_in_order(yearly: Series) -> None:
    assert yearly.assign_many("ab", DAY) == [yearly.assign(each, DAY) for each in "ab"]
    assert yearly.assign_many([], DAY) == []


def test_asyncio_series_returns_the_same_numbers() -> None:
    async def numbers() -> list[SeriesNumber]:
        series = AsyncSeries(AsyncFakeSource(), **YEARLY)
        one, two = await series.next(DAY), await series.assign("a", DAY)
        return [one, two, *await series.assign_many("ba", DAY), series.parse("INV-2026-04")]

    assert [found.number for found in asyncio.run(numbers())] == [1, 2, 3, 2, 4]


@pytest.mark.parametrize(
    ("series", "source"), [(Series, AsyncFakeSource()), (AsyncSeries, FakeSource())]
)
def test_client_of_the_other_kind_names_its_series(series: Any, source: object) -> None:
    other = "AsyncSeries" if series is Series else "Series"
    with pytest.raises(TypeError, match=rf"^client must .*\({other} is for .*\), got "):
        series(source, **PLAIN)


@pytest.mark.parametrize("client", [None, "http://localhost", FakeSource])
def test_something_other_than_a_client_is_refused(client: Any) -> None:
    with pytest.raises(TypeError, match=r"^client must be a CounterClient"):
        Series(client, **PLAIN)


def test_number_that_does_not_fit_is_never_returned(source: FakeSource) -> None:
    series = Series(source, **PLAIN)
    source.last["tickets"] = 98
    assert series.next().text == "T-99"
    with pytest.raises(LimitReachedError, match="at most 99"):
        series.next()


def test_full_series_issues_no_number_to_a_document(source: FakeSource, yearly: Series) -> None:
    source.last["invoices-2026"] = 98
    assert yearly.assign("a", DAY).text == "INV-2026-99"
    for call in (partial(yearly.assign, "b"), partial(yearly.assign_many, ["a", "b"])):
        with pytest.raises(LimitReachedError):
            call(DAY)
    assert source.last["invoices-2026"] == 99
    assert yearly.assign("a", DAY).number == 99


def test_document_with_a_number_of_a_wider_definition_is_refused(
    source: FakeSource, yearly: Series
) -> None:
    source.numbers["invoices-2026", "a"] = 100
    calls: list[Any] = [partial(yearly.assign, "a"), partial(yearly.assign_many, ["b", "a"])]
    error = "^number 100 of 'invoices-2026' must be at most 99$"
    for call in calls:
        with pytest.raises(LimitReachedError, match=error) as raised:
            call(DAY)
    assert raised.value.numbers == {"b": 1, "a": 100}


@pytest.mark.parametrize("number", [0, -5, None, True, "7", 1.5])
def test_something_other_than_a_number_is_never_a_text(number: Any) -> None:
    source = SimpleNamespace(
        next=lambda _: number,
        assign=lambda *_, **__: number,
        assign_many=lambda *_, **__: number if number is None else [number],
    )
    series = Series(source, **PLAIN)
    for call in (series.next, partial(series.assign, "a"), partial(series.assign_many, ["a"])):
        with pytest.raises(TypeError, match=r"^client must return whole numbers above 0.*, got "):
            call()


@pytest.mark.parametrize("method", ["next", "assign", "assign_many"])
def test_client_that_returns_coroutines_names_the_series_for_asyncio(method: str) -> None:
    source = AsyncFakeSource()
    started = getattr(source, method)("tickets", *["a"] * (method != "next"))
    calls: dict[str, Any] = dict.fromkeys(
        ("next", "assign", "assign_many"), lambda *_, **__: started
    )
    series: Any = Series(SimpleNamespace(**calls), **PLAIN)
    with (
        closing(started),
        pytest.raises(TypeError, match=r"\(AsyncSeries is for asyncio\), got <co"),
    ):
        getattr(series, method)(*["a"] * (method != "next"))


def test_series_without_a_date_ignores_the_date(source: FakeSource) -> None:
    series = Series(source, **PLAIN)
    texts = [series.assign("a", each).text for each in (None, DAY, datetime.now(UTC))]
    assert texts == ["T-01"] * 3
    with pytest.raises(TypeError, match=r"^date must be a datetime\.date, got 'b'"):
        series.assign("a", "b")  # type: ignore[arg-type]


def test_number_without_a_width_always_fits(source: FakeSource) -> None:
    source.last["t"] = 10**38 - 2
    series = Series(source, key="t", text="{number}")
    assert series.assign("a").text == "9" * 38
    assert series.parse("9" * 38).number == 10**38 - 1


@pytest.mark.parametrize(
    ("zone", "time", "day"),
    [
        ("Europe/Berlin", "2026-12-31T22:59:59", "2026-12-31"),
        ("Europe/Berlin", "2026-12-31T23:00:00", "2027-01-01"),
        ("Europe/Berlin", "2026-07-31T22:00:00", "2026-08-01"),
        ("Pacific/Auckland", "2026-12-31T11:00:00", "2027-01-01"),
        ("Asia/Kolkata", "2026-03-31T18:30:00", "2026-04-01"),
        ("America/New_York", "2027-01-01T04:59:59", "2026-12-31"),
        ("Pacific/Apia", "2011-12-30T09:59:59", "2011-12-29"),
        ("Pacific/Apia", "2011-12-30T10:00:00", "2011-12-31"),
        ("UTC", "2028-02-29T23:59:59", "2028-02-29"),
    ],
)
def test_today_and_a_time_are_in_the_time_zone(zone: str, time: str, day: str) -> None:
    now = datetime.fromisoformat(time).replace(tzinfo=UTC)
    form = {"key": "days", "text": "{date:%Y-%m-%d} {number}"}
    series = Series(FakeSource(), **form, time_zone=zone, clock=lambda: now)
    later = now.astimezone(timezone(timedelta(hours=-5)))
    assert [series.next(each).text for each in (None, now, later)] == [f"{day} {n}" for n in "123"]


@pytest.mark.parametrize(
    ("zone", "time", "fold", "day"),
    [
        ("Pacific/Apia", "2011-12-30T12:00:00", 0, "2011-12-31"),
        ("Pacific/Kiritimati", "1994-12-31T12:00:00", 0, "1995-01-01"),
        ("America/Sao_Paulo", "2018-11-04T00:30:00", 1, "2018-11-03"),
    ],
)
def test_time_that_does_not_exist_has_the_date_of_its_instant(
    zone: str, time: str, fold: int, day: str
) -> None:
    form: dict[str, Any] = {"key": "days", "text": "{date:%Y-%m-%d} {number}"}
    series = Series(FakeSource(), **form, time_zone=zone)
    given = datetime.fromisoformat(time).replace(tzinfo=ZoneInfo(zone), fold=fold)
    texts = [series.next(each).text for each in (given, given.astimezone(UTC))]
    assert texts == [f"{day} {n}" for n in "12"]


def test_today_is_that_of_the_system(source: FakeSource) -> None:
    series = Series(source, key="days", text="{date:%Y-%m-%d}/{number}", time_zone="Asia/Tokyo")
    before, found, after = (
        datetime.now(ZoneInfo("Asia/Tokyo")).date(),
        date.fromisoformat(series.next().text.partition("/")[0]),
        datetime.now(ZoneInfo("Asia/Tokyo")).date(),
    )
    assert before <= found <= after


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ("2026-12-31", "date must be a datetime.date, got '2026-12-31'"),
        (2026, "date must be a datetime.date, got 2026"),
        (datetime(2026, 1, 1), "date must have no time, or a time with a tzinfo, got"),
        (date(26, 1, 1), "date must be in the years 1000 to 9998, got 0026-01-01"),
        (date.max, "date must be in the years 1000 to 9998"),
        (datetime.max.replace(tzinfo=UTC), "date must be in the years 1000 to 9998"),
        (datetime.min.replace(tzinfo=UTC), "date must be in the years 1000 to 9998"),
        (datetime(9998, 12, 31, 23, tzinfo=UTC), "date must be in the years 1000 to 9998"),
    ],
)
def test_wrong_date_counts_nothing(
    source: FakeSource, yearly: Series, given: Any, error: str
) -> None:
    for call in (yearly.next, partial(yearly.assign, "a"), partial(yearly.assign_many, ["a"])):
        with pytest.raises((TypeError, ValueError), match=f"^{error}"):
            call(given)
    assert not source.last


def test_series_without_time_zone_needs_a_date_without_time(source: FakeSource) -> None:
    series = Series(source, **YEARLY)
    with pytest.raises(ValueError, match=r"^date must be given for a series without time_zone"):
        series.next()
    with pytest.raises(ValueError, match=r"^date must have no time for a series without time_zone"):
        series.next(datetime.now(UTC))
    assert series.next(DAY).number == 1


NOT_ZONES = ["Berlin", "Europe", "", "../UTC", "UTC+2", "UTC\0", "/etc"]
NOT_PLACES = ["localtime", "Factory", "posixrules", "right/Europe/Berlin", "posix/Europe/Berlin"]


@pytest.mark.parametrize("zone", [*NOT_ZONES, *NOT_PLACES])
def test_unknown_time_zone_is_refused(source: FakeSource, zone: str) -> None:
    with pytest.raises(ValueError, match=r'^time_zone must be a time zone such as "Europe/Berlin"'):
        Series(source, **YEARLY, time_zone=zone)


def test_system_without_time_zones_is_told_what_to_install(
    source: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dates, "available_timezones", set)
    with pytest.raises(ValueError, match=r"no time zones, got 'Europe/Bern'.*install tzdata"):
        Series(source, **YEARLY, time_zone="Europe/Bern")


def test_pickled_and_copied_series_continue(yearly: Series) -> None:
    numbers = [
        each.next(DAY).number
        for each in (yearly, pickle.loads(pickle.dumps(yearly)), copy.copy(yearly))
    ]
    assert numbers == [1, 1, 2]
