"""A definition that gives one text to two numbers, or that isn't one, is refused."""

import sys
from typing import Any

import pytest
from stdnum import damm, luhn, verhoeff
from stdnum.iso7064 import mod_97_10

from atomic_counter.client import Series
from atomic_counter.client.numbering.check_digits import check_digits
from tests.unit.client.fakes import FakeSource

APRIL = {"fiscal_year_start": "04-01"}
LUHN = {"check": "luhn"}
ACCEPTED: list[tuple[str, str, dict[str, str]]] = [
    ("t", "{number}", {}),
    ("t", "{{{number:038}}}", {}),
    ("t-{date:%Y}", "{date:%Y}/{number}", {}),
    ("t-{date:%y}", "{date:%Y}/{number}", {}),
    ("t-{date:%y}", "{date:%y}/{number}", {}),
    ("t", "{date:%d.%m.%y}/{number}", {}),
    ("t-{date:%G-W%V}", "{date:%G-W%V}-{number}", {}),
    ("t-{date:%G-W%V}", "{date:%Y%m%d}-{number}", {}),
    ("t-{date:%m}", "{date:%Y%j}-{number}", {}),
    ("t-{fiscal_year}", "{date:%Y%m}-{number}", APRIL),
    ("t-{fiscal_year_end:%y}", "{date:%y%m}-{number}", APRIL),
    ("t-{fiscal_year}", "{date:%Y%m%d}-{number}", {"fiscal_year_start": "04-06"}),
    ("t-{fiscal_year}", "{fiscal_year_end}-{number}", APRIL),
    ("t-{fiscal_year_end:%y}", "{fiscal_year:%y}-{number}", APRIL),
    ("t-{fiscal_year}", "{date:%Y}-{number}", {"fiscal_year_start": "01-01"}),
    ("t-{date:%y}", "{fiscal_year_end:%y}-{number}", {"fiscal_year_start": "01-01"}),
    ("t\n", "N\u00ba\u00a0{number}", {}),
    ("t", "{number}{check}", LUHN),
    ("t", "[{number}-{check}]", LUHN),
]
NO_PERIOD = "two numbers have one text"
REFUSED: list[tuple[Any, Any, dict[str, Any], str]] = [
    ("t-{date:%Y}", "{number}", {}, f"text must show {{date:%Y}} of key, or {NO_PERIOD}"),
    ("t-{date:%Y}", "{date:%y}{number}", {}, r"\(or key must have {date:%y} instead\)"),
    ("t-{date:%m}", "{date:%Y}{number}", {}, NO_PERIOD),
    ("t-{date:%m}", "{date:%d%V}{number}", {}, NO_PERIOD),
    ("t-{date:%m}", "{date:%j}{number}", {}, NO_PERIOD),
    ("t-{date:%G}", "{date:%Y}{number}", {}, NO_PERIOD),
    ("t-{date:%Y}", "{date:%G%V}{number}", {}, NO_PERIOD),
    ("t-{date:%V}", "{date:%y%m%d}{number}", {}, NO_PERIOD),
    ("t-{date:%Y}", "{fiscal_year}{number}", APRIL, NO_PERIOD),
    ("t-{fiscal_year}", "{date:%Y}{number}", APRIL, NO_PERIOD),
    ("t-{fiscal_year}", "{date:%y%m}{number}", APRIL, NO_PERIOD),
    ("t-{fiscal_year}", "{date:%Y%m}{number}", {"fiscal_year_start": "04-06"}, NO_PERIOD),
    ("t", "T", {}, "text must have {number} once, got 'T'"),
    ("t", "{number}{number}", {}, "text must have {number} once"),
    ("t", "{nummer}", {}, "text must have no other fields than {date:…}, .*, {check}, got"),
    ("t", "{}", {}, "text must have no other fields"),
    ("t", "{0}", {}, "text must have no other fields"),
    ("t", "{number.real}", {}, "text must have no other fields"),
    ("t", "{number[0]}", {}, "text must have no other fields"),
    ("t", "{number!r}", {}, "text must have no other fields"),
    ("t-{number}", "{number}", {}, "key must have no other fields than {date:…}, {fiscal_year}"),
    ("t-{check}", "{number}", LUHN, "key must have no other fields"),
    ("t", "{number:5}", {}, "text must have {number}, or a width from 01 to 038"),
    ("t", "{number:0}", {}, "text must have {number}, or a width"),
    ("t", "{number:039}", {}, "text must have {number}, or a width"),
    ("t", "{number:05d}", {}, "text must have {number}, or a width"),
    ("t", "{number:\u0660\u0665}", {}, "text must have {number}, or a width"),
    ("t", "{number:05\n}", {}, "text must have {number}, or a width"),
    ("t", "{number:{check}}", LUHN, "text must have {number}, or a width"),
    ("t", "{date}{number}", {}, "text must have only %Y, %y, %m, %d, %j, %G, %V as directives"),
    ("t", "{date:%B}{number}", {}, "text must have only %Y"),
    ("t", "{date:%-d}{number}", {}, "text must have only %Y"),
    ("t", "{date:%}{number}", {}, "text must have only %Y"),
    ("t", "{date:%%}{number}", {}, "text must have only %Y"),
    ("t", "{date:%Y{number}}{number}", {}, "text must have only %Y"),
    ("t", "{fiscal_year:%m}{number}", APRIL, "text must have only %Y, %y as directives"),
    ("t", "{number", {}, 'text must have each "{" with its "}"'),
    ("t}", "{number}", {}, 'key must have each "{" with its "}"'),
    ("t", "{fiscal_year}{number}", {}, "fiscal_year_start must be given with {fiscal_year}"),
    ("t", "{number}", APRIL, "fiscal_year_start must be given only with {fiscal_year}, got '04-01"),
    ("t", "{number}{check}", {}, "check must be given with {check}, got None"),
    ("t", "{number}", LUHN, "check must be given only with {check}, got 'luhn'"),
    ("t", "{number}{check}", {"check": ""}, "check must be one of \"luhn\", .*, got ''"),
    ("t", "{number}{check:02}", LUHN, "text must have {check} without a format"),
    ("t", "{check}{number}", LUHN, "text must have {check} once, after every other field"),
    ("t", "{number}{check}{check}", LUHN, "text must have {check} once"),
    ("t", "{number}{check}-a", LUHN, "text must have {check} once"),
    ("t", "{number}{check}٣", LUHN, "text must have {check} once"),
    ("t", 5, {}, "text must be a string, got 5"),
    (None, "{number}", {}, "key must be a string, got None"),
    ("\ud800", "{number}", {}, "key must be valid Unicode"),
    ("", "{number}", {}, "^key must be 1 to 2048 bytes of UTF-8 and not blank, .*, got ''"),
    ("\u3000", "{number}", {}, "^key must be 1 to 2048 bytes"),
    ("t\ufffd", "{number}", {}, "^key must be 1 to 2048 bytes"),
    ("t", "{number}\n", {}, r"^text must have no line breaks and control characters, got '{nu"),
    ("t", "\x1b[1m{number}", {}, "^text must have no line breaks and control characters"),
    ("t", "{number}\u2028", {}, "^text must have no line breaks and control characters"),
    ("t", "{number}{check}", {"check": ["luhn"]}, r"^check must be a string, got \['luhn'\]"),
    ("t", "{number}", {"clock": 5}, "^clock must be a function that returns the time, got 5"),
    ("t", "{number}", {"time_zone": 1}, "^time_zone must be a string, got 1"),
]


def definition(key: Any, text: Any, others: dict[str, Any]) -> Series:
    return Series(FakeSource(), key=key, text=text, **others)


@pytest.mark.parametrize(("key", "text", "others"), ACCEPTED)
def test_definition_with_a_text_for_each_number_is_accepted(
    key: str, text: str, others: dict[str, str]
) -> None:
    definition(key, text, others)


@pytest.mark.parametrize(("key", "text", "others", "error"), REFUSED)
def test_other_definition_is_refused(
    key: str, text: str, others: dict[str, str], error: str
) -> None:
    with pytest.raises((ValueError, TypeError), match=error):
        definition(key, text, others)


def test_key_can_have_2048_bytes_with_its_date() -> None:
    definition("é" * 1022 + "{date:%Y}", "{date:%Y}/{number}", {})
    with pytest.raises(ValueError, match=r"^key must be 1 to 2048 bytes of UTF-8"):
        definition("é" * 1022 + "x{date:%Y}", "{date:%Y}/{number}", {})


@pytest.mark.parametrize(
    "start", ["4-1", "02-29", "13-01", "April", "", "04-01\n", "\u0660\u0664-\u0660\u0661"]
)
def test_fiscal_year_must_start_on_a_day_of_every_year(start: str) -> None:
    with pytest.raises(ValueError, match=r"^fiscal_year_start must be a month and day such as"):
        definition("t-{fiscal_year}", "{fiscal_year}{number}", {"fiscal_year_start": start})


# The examples of the standards and of Wikipedia.
@pytest.mark.parametrize(
    ("algorithm", "text", "digits"),
    [
        ("luhn", "7992739871", "3"),
        ("luhn", "1789372997", "4"),
        ("damm", "572", "4"),
        ("verhoeff", "236", "3"),
        ("mod-97-10", "794", "44"),
        ("mod-97-10", "WEST12345698765432GB", "82"),  # of the IBAN GB82 WEST 1234 5698 7654 32
        ("luhn", "No. 799-273/98-71ß٣", "3"),
        ("mod-97-10", "7-9/4ß٣", "44"),
    ],
)
def test_check_digits_are_those_of_the_standard(algorithm: str, text: str, digits: str) -> None:
    assert check_digits(algorithm)(text) == digits


@pytest.mark.parametrize(
    ("algorithm", "module"),
    [("luhn", luhn), ("damm", damm), ("verhoeff", verhoeff), ("mod-97-10", mod_97_10)],
)
def test_text_is_valid_for_other_programs(algorithm: str, module: Any) -> None:
    series = definition("t", "RE2026{number:04}{check}", {"check": algorithm})
    for _ in range(120):
        text = series.next().text
        assert module.is_valid(text if algorithm == "mod-97-10" else text.removeprefix("RE"))


def test_check_digit_names_the_extra_that_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "stdnum", None)
    monkeypatch.delitem(sys.modules, "stdnum.luhn")
    with pytest.raises(ModuleNotFoundError, match=r"^check needs python-stdnum: .*extra series$"):
        definition("t", "{number}{check}", LUHN)
