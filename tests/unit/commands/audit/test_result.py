"""The result of an audit counts duplicates and gaps."""

import pytest

from atomic_counter.commands.audit import AuditResult, Sample


def sample(
    last: int | None, count: int = 1, key: str = "a", seconds: float = 1, status: int | None = 200
) -> Sample:
    return Sample(0, key, 0, 0, seconds=seconds, status=status, last=last, count=count)


def at(
    sent: float, ended: float, last: int, count: int = 1, requested: float | None = None
) -> Sample:
    return Sample(
        0, "a", sent, sent if requested is None else requested, ended - sent, 200, last, count
    )


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


@pytest.mark.parametrize(
    ("samples", "disorder"),
    [
        ([at(0, 1, 1), at(2, 3, 2)], 0),
        ([at(0, 1, 2), at(2, 3, 1), at(4, 5, 4), at(6, 7, 3)], 2),
        ([at(0, 3, 2), at(1, 2, 1)], 0),
        ([at(0, 1, 10, count=10), at(2, 3, 20, count=10)], 0),
        ([at(0, 1, 10, count=10), at(2, 3, 15, count=10)], 1),
        ([at(0, 1, 2), at(2, 3, 1, requested=0.5)], 0),
        ([at(0, 1, 5), at(2, 3, 5, count=0)], 0),
        ([at(0, 1, 5), at(2, 3, 4, count=0)], 1),
        ([at(0, 1, 5, count=0), at(2, 3, 5)], 1),
        ([at(0, 1, 5, count=0), at(2, 3, 4, count=0)], 1),
    ],
)
def test_number_must_be_higher_than_all_that_arrived_before_its_request(
    samples: list[Sample], disorder: int
) -> None:
    issued, reads = [s for s in samples if s.count], [s for s in samples if not s.count]
    assert AuditResult.of(issued, 1, reads).disorder == disorder


@pytest.mark.parametrize(
    ("samples", "disorder"),
    [([sample(1), sample(2)], 0), ([sample(2)], 1), ([sample(2), sample(None)], 0)],
)
def test_new_key_must_start_at_1_unless_a_response_is_missing(
    samples: list[Sample], disorder: int
) -> None:
    assert AuditResult.of(samples, 1, are_keys_new=True).disorder == disorder
    assert AuditResult.of(samples, 1).disorder == 0
