"""The result of an audit counts duplicates and gaps."""

import pytest

from atomic_counter.audit import AuditResult, Sample


def sample(
    last: int | None, count: int = 1, key: str = "a", seconds: float = 1, status: int | None = 200
) -> Sample:
    return Sample(client=0, key=key, sent=0, seconds=seconds, status=status, last=last, count=count)


@pytest.mark.parametrize(
    ("blocks", "duplicates", "gaps"),
    [
        ([], 0, 0),
        ([(1, 1)], 0, 0),
        ([(3, 1), (1, 1), (2, 1)], 0, 0),
        ([(1, 1), (1, 1)], 1, 0),
        ([(1, 1), (1, 1), (1, 1)], 2, 0),
        ([(1, 1), (4, 1)], 0, 2),
        ([(10, 10), (20, 10)], 0, 0),
        ([(10, 10), (15, 10)], 5, 0),
        ([(10, 10), (5, 1)], 1, 0),
        ([(10, 10), (5, 1), (8, 4)], 5, 0),
        ([(10, 10), (30, 10)], 0, 10),
    ],
)
def test_duplicates_and_gaps_are_counted_by_number(
    blocks: list[tuple[int, int]], duplicates: int, gaps: int
) -> None:
    report = AuditResult.of([sample(last, count) for last, count in blocks], seconds=1)
    assert (report.duplicates, report.gaps) == (duplicates, gaps)
    assert report.numbers == sum(count for _, count in blocks)


def test_keys_are_counted_separately() -> None:
    report = AuditResult.of([sample(1, key="a"), sample(1, key="b")], seconds=1)
    assert (report.duplicates, report.gaps) == (0, 0)


def test_errors_are_counted_by_status_and_not_as_numbers() -> None:
    samples = [sample(None, status=429), sample(None, status=None), sample(None, status=429)]
    report = AuditResult.of(samples, seconds=2)
    assert report.errors == {429: 2, None: 1}
    assert (report.numbers, report.latency, report.requests_per_second) == (0, {}, 1.5)


def test_latency_covers_only_requests_that_got_numbers() -> None:
    samples = [sample(n, seconds=n / 100) for n in range(1, 101)] + [sample(None, seconds=9)]
    latency = AuditResult.of(samples, seconds=1).latency
    assert latency["median"] == pytest.approx(0.5, abs=0.02)
    assert latency["99th percentile"] == pytest.approx(0.99, abs=0.02)
    assert latency["maximum"] == 1


def test_figures_are_json() -> None:
    figures = AuditResult.of([sample(1), sample(None, status=None)], seconds=1).figures()
    assert figures["errors"] == {"no response": 1}
    assert figures["duplicates"] == 0
