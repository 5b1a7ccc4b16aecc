"""What the numbers of a series look like, so that no two of them have one text."""

import datetime
import re
from collections.abc import Mapping

from atomic_counter.client.arguments import plain_string
from atomic_counter.client.dynamodb.item_keys import counter_key
from atomic_counter.client.errors import CounterRefusedError
from atomic_counter.client.numbering.check_digits import check_digits
from atomic_counter.client.numbering.fields import (
    FISCAL_YEARS,
    PERIODS,
    Field,
    MonthAndDay,
    Template,
    read_template,
)
from atomic_counter.client.numbering.periods import YEARS, day_that_shows, known_periods

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Definition:
    """The key of a date, and the text of a number.

    Args:
        key: The template of the key.
        text: The template of the text.
        fiscal_year_start: The month and day of `{fiscal_year}`, such as "04-01".
        check: The algorithm of `{check}`.

    Attributes:
        limit: The highest number that fits into the text. None: any fits.
        has_period: Whether a number needs a date.

    Raises:
        ValueError: Two numbers would have one text, or an argument has no meaning.
        ModuleNotFoundError: `check` needs a library that isn't installed.
    """

    def __init__(
        self, key: str, text: str, fiscal_year_start: str | None, check: str | None
    ) -> None:
        key, self._written = plain_string("key", key), plain_string("text", text)
        self._key = read_template("key", key, PERIODS)
        self._text = read_template("text", self._written, (*PERIODS, "number", "check"))
        fields = [*_fields(self._key), *_fields(self._text)]
        self.has_period = any(field.is_period for field in fields)
        given = {"fiscal_year_start": fiscal_year_start, "check": check}
        _require_arguments(given, {field.name for field in fields})
        self._start = _month_and_day("01-01" if fiscal_year_start is None else fiscal_year_start)
        self._require_one_reading()
        self._require_periods_of_key()
        self._require_valid_texts()
        self._check_digits = str if check is None else check_digits(check)
        (number,) = (field for field in fields if field.name == "number")
        self.limit = 10**number.width - 1 if number.width else None
        self._pattern = re.compile("".join(map(self._part_pattern, self._text)))

    def key(self, day: datetime.date) -> str:
        """Return the key of a day."""
        return self._render(self._key, day)

    def text(self, day: datetime.date, number: int) -> str:
        """Return the text of a number, which fits."""
        return self._render(self._text, day, number)

    def parse(self, text: str) -> tuple[str, int]:
        """Return the key and the number of a text.

        Raises:
            ValueError: No date and number have this text.
        """
        match = self._pattern.fullmatch(plain_string("text", text))
        if not match:
            raise ValueError(f"text must have the form {self._written}, got {text!r}")
        values = list(zip(_fields(self._text), match.groups(), strict=True))
        (number,) = (int(value) for field, value in values if field.name == "number")
        shown = tuple((field, value) for field, value in values if field.is_period)
        day = day_that_shows(shown, self._start)
        if not day or number == 0:
            raise ValueError(
                f"text must have a date that exists and a number above 0, got {text!r}"
            )
        if self.text(day, number) != text:
            raise ValueError(f"text must have the right check digit, got {text!r}")
        return self.key(day), number

    def _render(self, parts: Template, day: datetime.date, number: int = 0) -> str:
        text = ""
        for part in parts:
            if isinstance(part, str):
                text += part
            elif part.is_period:
                text += part.shown(day, self._start)
            elif part.name == "number":
                text += str(number).zfill(part.width or 0)
            else:
                text += self._check_digits(text)
        return text

    def _part_pattern(self, part: str | Field) -> str:
        if isinstance(part, str):
            return re.escape(part)
        if part.name == "check":
            return f"([0-9]{{{len(self._check_digits('0'))}}})"
        return f"([0-9]{{{part.width}}})" if part.width else "([1-9][0-9]{0,37})"

    def _require_one_reading(self) -> None:
        names = [field.name for field in _fields(self._text)]
        if names.count("number") != 1:
            raise ValueError(f"text must have {{number}} once, got {self._written!r}")
        after = "".join("0" if isinstance(p, Field) else p for p in _after_check(self._text))
        if any(map(str.isalnum, after)):
            raise ValueError(
                f"text must have {{check}} once, after every other field, letter and digit,"
                f" got {self._written!r}"
            )

    def _require_valid_texts(self) -> None:
        if _CONTROL.search(self._written):
            raise ValueError(
                f"text must have no line breaks and control characters, got {self._written!r}"
            )
        try:  # The keys of all dates are equally long.
            counter_key(self.key(datetime.date(YEARS[0], 1, 1)))
        except CounterRefusedError as error:
            raise ValueError(error.message) from None

    def _require_periods_of_key(self) -> None:
        known = known_periods(_fields(self._text), self._start)
        for field in _fields(self._key):
            if field not in known:
                short = Field(field.name, "%y")
                instead = f" (or key must have {short} instead)" if short in known else ""
                raise ValueError(
                    f"text must show {field} of key{instead}, or two numbers have one text,"
                    f" got {self._written!r}"
                )


def _fields(template: Template) -> list[Field]:
    return [part for part in template if isinstance(part, Field)]


def _after_check(template: Template) -> Template:
    """Return the parts after the first `{check}`."""
    check = Field("check", "")
    return template[template.index(check) + 1 :] if check in template else []


def _require_arguments(given: Mapping[str, str | None], names: set[str]) -> None:
    """Require an argument if a field needs it, and a field if an argument is given."""
    users = {"fiscal_year_start": FISCAL_YEARS, "check": ("check",)}
    for name, value in given.items():
        is_used = not names.isdisjoint(users[name])
        if is_used and value is None:
            raise ValueError(f"{name} must be given with {{{users[name][0]}}}, got None")
        if value is not None and not is_used:
            raise ValueError(f"{name} must be given only with {{{users[name][0]}}}, got {value!r}")


def _month_and_day(text: str) -> MonthAndDay:
    text = plain_string("fiscal_year_start", text)
    try:
        if re.fullmatch("[0-9]{2}-[0-9]{2}", text):
            day = datetime.date.fromisoformat(f"2001-{text}")
            return day.month, day.day
    except ValueError:
        pass
    raise ValueError(f'fiscal_year_start must be a month and day such as "04-01", got {text!r}')
