"""The result of an audit."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import groupby
from operator import attrgetter
from statistics import quantiles
from typing import Any


@dataclass(frozen=True)
class Sample:
    """The result of one request.

    Attributes:
        client: The number of the client that sent it.
        key: The counter.
        sent: Seconds from the start of the audit to the request.
        seconds: Seconds from the request to its response.
        status: The HTTP status. None: there was no response.
        last: The last number of the block. None: it got no numbers.
        count: The numbers in the block.
        reason: Why there was no response. None: there was one.
        attempt: 1, or more for a retry.
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
    def is_retryable(self) -> bool:
        """Whether there was no response, or one that says the service has no number now."""
        return (
            self.status is None
            or self.status == HTTPStatus.TOO_MANY_REQUESTS
            or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        )


@dataclass(frozen=True)
class AuditResult:
    """The figures of an audit.

    Attributes:
        samples: The results of the requests, in the order in which they ended.
        seconds: The duration of the audit.
        numbers: How many numbers were issued, duplicates included.
        duplicates: How many numbers had been issued before. It must be 0.
        gaps: How many numbers between the lowest and the highest of a key weren't received: their
            responses were lost, or other clients have them.
        errors: The number of failed requests by HTTP status. None: there was no response.
        latency: Seconds by name, of the requests that got numbers. Empty: none did.
    """

    samples: Sequence[Sample]
    seconds: float
    numbers: int
    duplicates: int
    gaps: int
    errors: dict[int | None, int]
    latency: dict[str, float]

    @classmethod
    def of(cls, samples: Sequence[Sample], seconds: float) -> "AuditResult":
        """Compute the figures."""
        issued = [sample for sample in samples if sample.last is not None]
        failed = [sample for sample in samples if sample.last is None]
        duplicates, gaps = _duplicates_and_gaps(issued)
        return cls(
            samples=samples,
            seconds=seconds,
            numbers=sum(sample.count for sample in issued),
            duplicates=duplicates,
            gaps=gaps,
            errors=dict(Counter(sample.status for sample in failed)),
            latency=_latency([sample.seconds for sample in issued]),
        )

    @property
    def successful_retries(self) -> int:
        """How many requests got their numbers by a retry."""
        return sum(sample.last is not None and sample.attempt > 1 for sample in self.samples)

    @property
    def first_reason(self) -> str | None:
        """Why the first request without a response had none."""
        return next((sample.reason for sample in self.samples if sample.reason), None)

    @property
    def requests_per_second(self) -> float:
        """The throughput, attempts included."""
        return len(self.samples) / self.seconds

    def figures(self) -> dict[str, Any]:
        """Return the figures for JSON, without the samples."""
        return {
            "requests": len(self.samples),
            "numbers": self.numbers,
            "duplicates": self.duplicates,
            "gaps": self.gaps,
            "errors": {str(status or "no response"): n for status, n in self.errors.items()},
            "latency_seconds": self.latency,
            "seconds": self.seconds,
            "requests_per_second": self.requests_per_second,
        }


def _duplicates_and_gaps(issued: Sequence[Sample]) -> tuple[int, int]:
    """Count over all keys, from the blocks in the order of their numbers."""
    duplicates = gaps = 0
    in_order = sorted(issued, key=lambda block: (block.key, _first(block)))
    for _, blocks in groupby(in_order, key=attrgetter("key")):
        reached: int | None = None
        for block in blocks:
            first, last = _first(block), block.last or 0
            if reached is not None:
                duplicates += max(0, min(reached, last) - first + 1)
                gaps += max(0, first - reached - 1)
            reached = max(last, reached or last)
    return duplicates, gaps


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
