"""The result of an audit."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from statistics import quantiles
from typing import Any


@dataclass(frozen=True)
class Sample:
    """The result of one request.

    Attributes:
        client: The number of the client that sent it. None: it read the last number issued.
        key: The counter.
        sent: Seconds from the start of the audit to the request.
        requested: The same for its first attempt.
        seconds: Seconds from the request to its response.
        status: The HTTP status. None: there was no response.
        last: The last number of the block. None: it got no numbers.
        count: The numbers in the block; 0 for a read.
        reason: Why there was no response. None: there was one.
        attempt: 1, or more for a retry.
    """

    client: int | None
    key: str
    sent: float
    requested: float
    seconds: float
    status: int | None
    last: int | None
    count: int
    reason: str | None = None
    attempt: int = 1

    @property
    def first(self) -> int:
        """The first number of the block, or for a read the lowest that is still to be issued."""
        return (self.last or 0) - self.count + 1


@dataclass(frozen=True)
class AuditResult:
    """The figures of an audit.

    Attributes:
        samples: The results of the requests, in the order in which they ended.
        reads: The results of the reads of the last number issued.
        seconds: The duration of the audit.
        numbers: How many numbers were issued, duplicates included.
        duplicates: How many numbers had been issued before. It must be 0.
        disorder: How many numbers weren't higher than all that had arrived before their request,
            how many reads went back, and how many new keys didn't start at 1. It must be 0.
        gaps: How many numbers between the lowest and the highest of a key weren't received: their
            responses were lost, or other clients have them.
        errors: The number of failed requests by HTTP status. None: there was no response.
        latency: Seconds by name, of the requests that got numbers. Empty: none did.
    """

    samples: Sequence[Sample]
    reads: Sequence[Sample]
    seconds: float
    numbers: int
    duplicates: int
    disorder: int
    gaps: int
    errors: dict[int | None, int]
    latency: dict[str, float]

    @classmethod
    def of(
        cls,
        samples: Sequence[Sample],
        seconds: float,
        reads: Sequence[Sample] = (),
        *,
        are_keys_new: bool = False,
    ) -> "AuditResult":
        """Compute the figures."""
        issued = [sample for sample in samples if sample.last is not None]
        failed = [sample for sample in samples if sample.last is None]
        duplicates, gaps = _duplicates_and_gaps(issued)
        return cls(
            samples=samples,
            reads=reads,
            seconds=seconds,
            numbers=sum(sample.count for sample in issued),
            duplicates=duplicates,
            disorder=_disorder([*issued, *reads]) + (_wrong_starts(samples) if are_keys_new else 0),
            gaps=gaps,
            errors=dict(Counter(sample.status for sample in failed)),
            latency=latency_percentiles([sample.seconds for sample in issued]),
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
            "disorder": self.disorder,
            "gaps": self.gaps,
            "errors": {str(status or "no response"): n for status, n in self.errors.items()},
            "latency_seconds": self.latency,
            "seconds": self.seconds,
            "requests_per_second": self.requests_per_second,
        }


def _duplicates_and_gaps(issued: Sequence[Sample]) -> tuple[int, int]:
    """Count over all keys, from the blocks in the order of their numbers."""
    duplicates = gaps = 0
    in_order = sorted(issued, key=lambda block: (block.key, block.first))
    for _, blocks in groupby(in_order, key=attrgetter("key")):
        reached: int | None = None
        for block in blocks:
            first, last = block.first, block.last or 0
            if reached is not None:
                duplicates += max(0, min(reached, last) - first + 1)
                gaps += max(0, first - reached - 1)
            reached = max(last, reached or last)
    return duplicates, gaps


def _disorder(samples: Sequence[Sample]) -> int:
    """Count what isn't higher than all that had arrived before its request."""
    disorder = 0
    reached: dict[str, int] = {}
    arrived = sorted((s for s in samples if s.last is not None), key=lambda s: s.sent + s.seconds)
    arrivals = iter(arrived)
    arrival = next(arrivals, None)
    for sample in sorted(arrived, key=attrgetter("requested")):
        while arrival and arrival.sent + arrival.seconds < sample.requested:
            reached[arrival.key] = max(reached.get(arrival.key, 0), arrival.last or 0)
            arrival = next(arrivals, None)
        disorder += sample.first <= reached.get(sample.key, sample.first - 1)
    return disorder


def _wrong_starts(samples: Sequence[Sample]) -> int:
    """Count the keys whose lowest number isn't 1, although no response is missing."""
    by_key: dict[str, list[Sample]] = {}
    for sample in samples:
        by_key.setdefault(sample.key, []).append(sample)
    return sum(
        min(sample.first for sample in of_key) != 1
        for of_key in by_key.values()
        if all(sample.last is not None for sample in of_key)
    )


def latency_percentiles(seconds: list[float]) -> dict[str, float]:
    """Return the percentiles of these seconds by name. Empty: there are none."""
    if not seconds:
        return {}
    percentiles = quantiles([*seconds, max(seconds)], n=100, method="inclusive")
    return {
        "median": percentiles[49],
        "95th percentile": percentiles[94],
        "99th percentile": percentiles[98],
        "maximum": max(seconds),
    }
