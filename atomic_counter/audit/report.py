"""What an audit found."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import groupby
from operator import attrgetter
from statistics import quantiles
from typing import Any

from rich.table import Table


@dataclass(frozen=True)
class Sample:
    """One request and what came of it.

    Attributes:
        client: Which client sent it.
        key: The counter that it asked.
        sent: When, in seconds since the audit began.
        seconds: How long it took.
        status: The HTTP status; None if there was no answer.
        last: The last number of the block that it got; None if it got none.
        count: The length of the block that it asked for.
        reason: Why there was no answer; None if there was one.
        attempt: 1, or how often it was sent by now where it is sent again.
    """

    client: int
    key: str
    sent: float
    seconds: float
    status: int | None
    last: int | None
    count: int
    reason: str | None = None
    attempt: int = 1

    @property
    def may_be_sent_again(self) -> bool:
        """There was no answer, or one that says that the service could not give a number now."""
        return (
            self.status is None
            or self.status == HTTPStatus.TOO_MANY_REQUESTS
            or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        )


@dataclass(frozen=True)
class Report:
    """The figures of an audit.

    Attributes:
        samples: The requests, in the order in which they ended.
        seconds: How long it took.
        numbers: How many numbers were given out, repeats included.
        repeats: How many were given out before; it must be 0.
        gaps: How many between a key's lowest and highest were not seen: lost answers, or
            taken by others.
        errors: How many requests failed, by status; None is no answer.
        latency: Of the requests that got numbers, in seconds, by name; empty if none did.
    """

    samples: Sequence[Sample]
    seconds: float
    numbers: int
    repeats: int
    gaps: int
    errors: dict[int | None, int]
    latency: dict[str, float]

    @classmethod
    def of(cls, samples: Sequence[Sample], seconds: float) -> "Report":
        given = [sample for sample in samples if sample.last is not None]
        failed = [sample for sample in samples if sample.last is None]
        repeats, gaps = _repeats_and_gaps(given)
        return cls(
            samples=samples,
            seconds=seconds,
            numbers=sum(sample.count for sample in given),
            repeats=repeats,
            gaps=gaps,
            errors=dict(Counter(sample.status for sample in failed)),
            latency=_latency([sample.seconds for sample in given]),
        )

    @property
    def answered_again(self) -> int:
        """How many requests got their numbers when they were sent again."""
        return sum(sample.last is not None and sample.attempt > 1 for sample in self.samples)

    @property
    def first_reason(self) -> str | None:
        """Why the first request without an answer had none."""
        return next((sample.reason for sample in self.samples if sample.reason), None)

    @property
    def requests_per_second(self) -> float:
        return len(self.samples) / self.seconds

    def figures(self) -> dict[str, Any]:
        """The report without its samples, for JSON."""
        return {
            "requests": len(self.samples),
            "numbers": self.numbers,
            "repeats": self.repeats,
            "gaps": self.gaps,
            "errors": {str(status or "no answer"): n for status, n in self.errors.items()},
            "latency_seconds": self.latency,
            "seconds": self.seconds,
            "requests_per_second": self.requests_per_second,
        }


def table(title: str, rows: Iterable[tuple[str, str]]) -> Table:
    """Names and values, as the terminal shows them."""
    shown = Table(title=title, show_header=False)
    shown.add_column()
    shown.add_column(justify="right")
    for row in rows:
        shown.add_row(*row)
    return shown


def _repeats_and_gaps(given: Sequence[Sample]) -> tuple[int, int]:
    """Of all keys together, from the blocks in the order of their numbers."""
    repeats = gaps = 0
    in_order = sorted(given, key=lambda block: (block.key, _first(block)))
    for _, blocks in groupby(in_order, key=attrgetter("key")):
        reached: int | None = None
        for block in blocks:
            first, last = _first(block), block.last or 0
            if reached is not None:
                repeats += max(0, min(reached, last) - first + 1)
                gaps += max(0, first - reached - 1)
            reached = max(last, reached or last)
    return repeats, gaps


def _first(block: Sample) -> int:
    return (block.last or 0) - block.count + 1


def _latency(seconds: list[float]) -> dict[str, float]:
    if not seconds:
        return {}
    percentiles = quantiles([*seconds, max(seconds)], n=100, method="inclusive")
    return {
        "median": percentiles[49],
        "95th percentile": percentiles[94],
        "99th percentile": percentiles[98],
        "maximum": max(seconds),
    }
