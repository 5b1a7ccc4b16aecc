"""The templates of a series: literal texts and fields, and what each field shows of a date.

A field of a date shows a number of fixed width, so that a text has one reading.
"""

import datetime
import re
from collections.abc import Callable
from string import Formatter
from typing import NamedTuple

# What the directives of `strftime` show, but with all digits on every system.
_SHOWN: dict[str, Callable[[datetime.date], str]] = {
    "%Y": lambda day: f"{day.year:04}",
    "%y": lambda day: f"{day.year % 100:02}",
    "%m": lambda day: f"{day.month:02}",
    "%d": lambda day: f"{day.day:02}",
    "%j": lambda day: f"{day.timetuple().tm_yday:03}",
    "%G": lambda day: f"{day.isocalendar().year:04}",
    "%V": lambda day: f"{day.isocalendar().week:02}",
}
FISCAL_YEARS = ("fiscal_year", "fiscal_year_end")
DIRECTIVES: dict[str, tuple[str, ...]] = {
    "date": (*_SHOWN,),
    **dict.fromkeys(FISCAL_YEARS, ("%Y", "%y")),
}
PERIODS = tuple(DIRECTIVES)
_WIDTHS = {directive: len(show(datetime.date.min)) for directive, show in _SHOWN.items()}
_DEFAULT_FORMATS = dict.fromkeys(FISCAL_YEARS, "%Y")
# DynamoDB's numbers have up to 38 digits.
_NUMBER_FORMAT = re.compile("(?:0([1-9]|[12][0-9]|3[0-8]))?")

MonthAndDay = tuple[int, int]


class Field(NamedTuple):
    """A field of a template, such as `{date:%Y}`.

    Attributes:
        name: Such as "date".
        format: One directive for a period, such as "%Y"; "05" or "" for the number.
    """

    name: str
    format: str

    def __str__(self) -> str:
        return f"{{{self.name}:{self.format}}}" if self.format else f"{{{self.name}}}"

    @property
    def is_period(self) -> bool:
        """Whether the field shows a period, such as a year or a month."""
        return self.name in DIRECTIVES

    @property
    def width(self) -> int | None:
        """The fixed number of digits, if the format has one."""
        return _WIDTHS[self.format] if self.is_period else int(self.format or 0) or None

    def shown(self, day: datetime.date, fiscal_year_start: MonthAndDay) -> str:
        """Return what a field of a period shows on a day."""
        if self.name != "date":
            year = day.year - ((day.month, day.day) < fiscal_year_start)
            if self.name == "fiscal_year_end" and fiscal_year_start > (1, 1):
                year += 1
            day = datetime.date(year, 1, 1)
        return _SHOWN[self.format](day)


Template = list[str | Field]


def read_template(name: str, template: str, fields: tuple[str, ...]) -> Template:
    """Return the literal texts and the fields of a template, in order.

    Args:
        name: The argument that has the template, for errors.
        template: Such as "INV-{date:%Y-%m}-{number:05}".
        fields: The names of fields that it can have.

    Raises:
        ValueError: It isn't such a template.
    """
    parts: Template = []
    try:
        for literal, field, form, conversion in Formatter().parse(template):
            if literal:
                parts.append(literal)
            if field is not None:
                _require_field(field, conversion, fields)
                parts += _parts(field, form or _DEFAULT_FORMATS.get(field, ""))
    except ValueError as error:
        raise ValueError(f"{name} must {_rule(error)}, got {template!r}") from None
    return parts


def _rule(error: ValueError) -> str:
    """Return a rule of this module, or one for what `Formatter` refuses."""
    text = str(error)
    return text if text.startswith("have ") else 'have each "{" with its "}", and "{{" for a brace'


def _require_field(name: str, conversion: str | None, allowed: tuple[str, ...]) -> None:
    if name not in allowed or conversion:
        names = ", ".join(f"{{{each}}}" for each in allowed).replace("{date}", "{date:…}")
        raise ValueError(f"have no other fields than {names}")


def _parts(name: str, form: str) -> Template:
    if name == "number":
        if not _NUMBER_FORMAT.fullmatch(form):
            raise ValueError("have {number}, or a width from 01 to 038, such as {number:05}")
        return [Field(name, form)]
    if name == "check":
        if form:
            raise ValueError("have {check} without a format")
        return [Field(name, "")]
    pieces = re.split("(%.?)", form, flags=re.DOTALL)
    directives = pieces[1::2]
    if not directives or not {*directives} <= {*DIRECTIVES[name]} or {*"{}"} & {*form}:
        allowed = ", ".join(DIRECTIVES[name])
        raise ValueError(f"have only {allowed} as directives in {{{name}:…}}, and at least one")
    parts: Template = list(pieces)
    parts[1::2] = [Field(name, directive) for directive in directives]
    return [part for part in parts if part]
