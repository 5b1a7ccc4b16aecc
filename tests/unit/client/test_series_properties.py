"""Whatever the definition: two numbers have two texts, and `parse` returns what was given."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from atomic_counter.client import Series, SeriesNumber
from atomic_counter.client.numbering.fields import DIRECTIVES, Field
from atomic_counter.client.numbering.periods import known_periods
from tests.unit.client.fakes import FakeSource

# Digits, letters, braces, and what a regular expression could read in another way.
LITERALS = st.text("19-/.a[\\)*é٣|", max_size=3)
PERIODS = [f"{{{name}:{form}}}" for name, forms in DIRECTIVES.items() for form in forms]
NUMBERS = st.one_of(st.integers(1, 30), st.integers(1, 10**38 - 1))
STARTS = st.sampled_from(["01-01", "04-01", "04-06", "12-31"])
CHECKS = st.sampled_from(["luhn", "mod-97-10", "damm", "verhoeff"])
# Summer time in the north and the south, none, half hours, and a day that didn't exist.
ZONES = st.sampled_from(
    ["Europe/Berlin", "Pacific/Auckland", "Asia/Kolkata", "America/St_Johns", "Pacific/Apia", "UTC"]
)


@dataclass
class Definition:
    """The arguments of a series, of which not every one is accepted."""

    arguments: dict[str, Any]

    def series(self) -> Series:
        """Return the series, or let hypothesis draw another definition."""
        try:
            return Series(FakeSource(), **self.arguments)
        except ValueError:
            assume(False)
            raise


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    def template(fields: list[str]) -> str:
        return "".join(draw(LITERALS) + field for field in fields) + draw(LITERALS)

    shown = draw(st.lists(st.sampled_from(PERIODS), max_size=4))
    of_key = st.sampled_from(shown + PERIODS) if draw(st.booleans()) else st.sampled_from(shown)
    key = "k" + template(draw(st.lists(of_key, max_size=2)) if shown else [])
    number = draw(st.sampled_from(["{number}", "{number:01}", "{number:02}", "{number:038}"]))
    text = template(draw(st.permutations([*shown, number])))
    check = draw(st.none() | CHECKS)
    text += "{check}-" if check else ""
    start = draw(STARTS) if "fiscal" in key + text else None
    return Definition({"key": key, "text": text, "check": check, "fiscal_year_start": start})


@st.composite
def days(draw: st.DrawFn) -> date:
    """The days around the ends of months and years, in years that differ in one of their digits."""
    year = draw(st.sampled_from([1000, 1900, 1926, 1999, 2000, 2026, 2027, 2028, 2126, 2426, 9998]))
    month, day = draw(
        st.sampled_from([(1, 1), (1, 3), (2, 28), (3, 1), (4, 1), (4, 6), (12, 29), (12, 31)])
    )
    shift = timedelta(draw(st.sampled_from([0, 0, 1, -1])))
    shifted = date(year, month, day) + shift
    return shifted if 1000 <= shifted.year <= 9998 else date(year, month, day)


@pytest.mark.parametrize("start", [(1, 1), (4, 1), (4, 6), (12, 31)])
def test_periods_that_follow_from_a_text_are_one_for_each_text(start: tuple[int, int]) -> None:
    fields = [Field(name, form) for name, forms in DIRECTIVES.items() for form in forms]
    years = [1926, 1927, 1999, 2000, 2001, 2004, 2026, 2027, 2028, 2032, 2126, 2426]
    starts = [date(year, month, 1) for year in years for month in range(1, 13)]
    every = [day + timedelta(days) for day in starts for days in (-3, -1, 0, 1, 2, 5, 14)]
    shown = {field: [field.shown(day, start) for day in every] for field in fields}
    for count in range(1, 4):
        for text in combinations(fields, count):
            texts = list(zip(*(shown[field] for field in text), strict=True))
            for field in known_periods(text, start):
                assert len(set(zip(texts, shown[field], strict=True))) == len(set(texts))


def numbered(series: Series, day: date, number: int) -> SeriesNumber:
    key = series.assign("key", day).key
    source = series._client
    assert isinstance(source, FakeSource)
    source.last[key] = number - 1
    return series.next(day)


@given(definitions(), days(), days(), NUMBERS, st.data())
def test_different_numbers_have_different_texts(
    definition: Definition, day: date, other: date, number: int, data: st.DataObject
) -> None:
    series = definition.series()
    limit = series._definition.limit or 10**38
    assume(number <= limit)
    one = numbered(series, day, number)
    two = numbered(series, other, data.draw(st.sampled_from([number, number % limit + 1, 1])))
    assert (one[:2] == two[:2]) or one.text != two.text


@given(definitions(), days() | st.dates(date(1000, 1, 1), date(9998, 12, 31)), NUMBERS)
def test_parse_returns_what_was_given(definition: Definition, day: date, number: int) -> None:
    series = definition.series()
    assume(number <= (series._definition.limit or number))
    found = numbered(series, day, number)
    assert (found.number, series.parse(found.text)) == (number, found)


@example("Pacific/Auckland", datetime(2026, 12, 31, 11))
@given(ZONES, st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)))
def test_time_counts_in_the_year_and_month_of_its_zone(zone: str, time: datetime) -> None:
    form = "{date:%Y-%m-%d}"
    series = Series(FakeSource(), key=form, text=form + "/{number}", time_zone=zone)
    there = time.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    found = series.next(time.replace(tzinfo=UTC))
    assert found.key == there.strftime("%Y-%m-%d") == series.parse(found.text).key


# The dates of 400 years have every text of a definition whose years have two digits, or none.
STRICT: list[tuple[str, dict[str, Any]]] = [
    ("{number:01}-{date:%y%m%d}", {}),
    ("{number:01}-{date:%j}{check}", {"check": "damm"}),
    ("{number:01}-{date:%V}{fiscal_year_end:%y}{date:%y}", {"fiscal_year_start": "12-31"}),
]
# Of years with four digits, only the last digit changes, so ten years have every text.
STRICT_OF_TEN_YEARS: list[tuple[str, dict[str, Any]]] = [
    ("{number:01}-{date:%Y%j}", {}),
    ("{number:01}-{date:%G%V}", {}),
    ("{number:01}-{date:%Y}{fiscal_year}{date:%m}", {"fiscal_year_start": "04-06"}),
]


@pytest.mark.parametrize(
    ("form", "years", "first"),
    [*((form, 400, 2) for form in STRICT), *((form, 10, 5) for form in STRICT_OF_TEN_YEARS)],
)
def test_parse_accepts_only_what_a_date_gives(
    form: tuple[str, dict[str, Any]], years: int, first: int
) -> None:
    series = Series(FakeSource(), key="t", text=form[0], **form[1])
    start, end = date(2020, 1, 1).toordinal(), date(2020 + years, 1, 1).toordinal()
    every = map(date.fromordinal, range(start, end))
    texts = sorted({series._definition.text(day, 1) for day in every})
    accepted = set(texts)

    @settings(deadline=None)
    @given(st.integers(0, len(texts) - 1), st.sampled_from("0123569\u0663\n"), st.data())
    def check(index: int, character: str, data: st.DataObject) -> None:
        text = texts[index]
        place = data.draw(st.integers(first, len(text) - 1))
        changed = text[:place] + character + text[place + 1 :]
        assume(changed[2:5] == "202" or years == 400)
        assert accepts(series.parse, changed) == (changed in accepted)

    check()


def accepts(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    "text",
    [
        "INV-2026-13-001-8",
        "INV-2026-12-000-0",
        "INV-2026-12-0001-8",
        "INV-2026-12-01-8",
        "INV-2026-12-001-8\n",
        " INV-2026-12-001-8",
        "inv-2026-12-001-8",
        "INV-2026-12-\u0660\u0660\u0661-8",
        "INV-2026-12-001",
        "",
    ],
)
def test_text_of_no_number_is_refused(text: str) -> None:
    form = "INV-{date:%Y-%m}-{number:03}-{check}"
    series = Series(FakeSource(), key="i-{date:%Y}", text=form, check="luhn")
    with pytest.raises(ValueError, match=r"^text must have .*, got '"):
        series.parse(text)


def test_check_digit_shows_each_wrong_digit_and_exchange() -> None:
    form = "INV-{date:%Y}-{number:05}-{check}"
    series = Series(FakeSource(), key="i-{date:%Y}", text=form, check="verhoeff")
    text = numbered(series, date(2026, 1, 1), 40718).text
    digits = [place for place, character in enumerate(text) if character.isdecimal()]
    wrong = {text[:i] + digit + text[i + 1 :] for i in digits for digit in "0123456789"}
    wrong |= {text[:i] + text[i + 1] + text[i] + text[i + 2 :] for i in digits[4:-2]}
    assert [each for each in wrong if accepts(series.parse, each)] == [text]


def test_unpadded_number_has_no_leading_zero() -> None:
    series = Series(FakeSource(), key="t", text="T{number}")
    assert [accepts(series.parse, text) for text in ("T1", "T01", "T0", "T")] == [True] + [
        False
    ] * 3
