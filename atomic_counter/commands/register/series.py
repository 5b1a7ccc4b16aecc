"""The series of documents, and what is wrong with one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from atomic_counter.tooling.terminal import quoted

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_TIME = (datetime.max.replace(tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)


@dataclass
class DocumentSeries:
    """The documents of one key, and its counter.

    Attributes:
        last: The last number that the counter issued: 0 if none. None: its value isn't a number.
        documents: The documents of each number: exactly one, or there is a finding.
        unreadable: The documents whose stored number isn't a whole number above 0.
        first: The number with which the series begins. Default: 1.
        issued_at: When the number of each document was issued, in milliseconds since 1970 (UTC).
            Items that were written without a time, or with another value, aren't in it.
    """

    last: int | None = 0
    documents: dict[int, list[str]] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    first: int = 1
    issued_at: dict[str, int] = field(default_factory=dict)

    @property
    def is_used(self) -> bool:
        """Whether a number was issued, or a document has one."""
        return self.last != 0 or bool(self.documents or self.unreadable)

    @property
    def times(self) -> list[str]:
        """The times of the first and the last issue that are known, or two empty texts."""
        listed = (document for documents in self.documents.values() for document in documents)
        known = [self.issued_at[document] for document in listed if document in self.issued_at]
        return [time_text(min(known, default=None)), time_text(max(known, default=None))]

    def add_document(
        self, document: str, number: Mapping[str, Any], issued_at: Mapping[str, Any]
    ) -> None:
        """Add a document with the stored values of its number and its time of issue."""
        if re.fullmatch("[1-9][0-9]*", number.get("N", "")):
            self.documents.setdefault(int(number["N"]), []).append(document)
        else:
            self.unreadable.append(document)
        time = issued_at.get("N", "")
        if re.fullmatch("[0-9]+", time) and int(time) <= LAST_TIME:
            self.issued_at[document] = int(time)


@dataclass(frozen=True)
class Findings:
    """What is wrong with a series.

    Attributes:
        missing: The numbers without a document, from the first of the series to the counter's.
        doubled: The numbers with more than one document.
        beyond: The numbers of documents that the counter hasn't reached.
        below: The numbers of documents below the first of the series.
        unreadable: The documents whose stored number isn't a whole number above 0.
        is_counter_unreadable: Whether the counter's value isn't a whole number of 0 or more.
    """

    missing: list[range]
    doubled: list[int]
    beyond: list[int]
    below: list[int]
    unreadable: list[str]
    is_counter_unreadable: bool

    @classmethod
    def of(cls, series: DocumentSeries, later: DocumentSeries) -> "Findings":
        """Find what is wrong with a series that was read twice, or once.

        Documents get numbers while a table is read, and the pages that were read before lack them.
        But a number and its document come in one transaction. So each number that the counter of
        the first read had reached must be in the second read. A number is beyond if the first read
        has it and the counter of the second hasn't reached it.
        """
        last, first = series.last or 0, series.first
        due = [n for n in sorted(later.documents) if first <= n <= last]
        return cls(
            missing=[
                range(n + 1, m) for n, m in pairwise([first - 1, *due, last + 1]) if m > n + 1
            ],
            doubled=[n for n, documents in sorted(later.documents.items()) if len(documents) > 1],
            beyond=[
                n for n in sorted(series.documents) if later.last is not None and n > later.last
            ],
            below=[n for n in sorted(later.documents) if n < first],
            unreadable=sorted(later.unreadable),
            is_counter_unreadable=later.last is None,
        )

    def proven(self, series: DocumentSeries, later: DocumentSeries) -> DocumentSeries:
        """Return the series up to the last number of the first read, from the second read.

        Documents above it may be incomplete, so only those that are a finding are included.
        """
        listed = {
            number: documents
            for number, documents in later.documents.items()
            if series.last is None or number <= series.last or number in self.beyond
        }
        return replace(
            series,
            documents=listed,
            unreadable=later.unreadable,
            issued_at=later.issued_at,
        )

    def __str__(self) -> str:
        texts = {
            "missing": ", ".join(map(_range_text, self.missing)),
            "doubled": ", ".join(map(str, self.doubled)),
            "beyond the counter": ", ".join(map(str, self.beyond)),
            "below the first number": ", ".join(map(str, self.below)),
            "without a readable number": ", ".join(map(quoted, self.unreadable)),
            "the counter's value isn't a whole number": self.is_counter_unreadable and "yes",
        }
        return "; ".join(f"{name}: {text}" for name, text in texts.items() if text)


def time_text(milliseconds: int | None) -> str:
    """Return a time since 1970 (UTC) in ISO 8601, or an empty text if it's unknown."""
    if milliseconds is None:
        return ""
    time = EPOCH + timedelta(milliseconds=milliseconds)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _range_text(numbers: range) -> str:
    first, last = numbers[0], numbers[-1]
    return str(first) if first == last else f"{first} to {last}"
