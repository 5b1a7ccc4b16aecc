"""The result of a failover has duplicates, gaps, and the time without a response."""

import pytest

from atomic_counter.commands.failover import FailoverResult, failover_rows

ONE_A_SECOND = [(float(second), second) for second in range(1, 10)]


def test_complete_series_has_no_duplicates_and_no_gaps() -> None:
    report = FailoverResult(ONE_A_SECOND, [], [(3, 4)], current=9)
    assert (report.duplicates, report.gaps) == (0, 0)


@pytest.mark.parametrize(
    ("numbers", "current", "duplicates", "gaps"),
    [([1, 2, 2], 2, 1, 0), ([1, 3], 3, 0, 1), ([2, 3], 3, 0, 1), ([1, 2], 4, 0, 2)],
)
def test_duplicates_and_gaps_are_found_at_both_ends(
    numbers: list[int], current: int, duplicates: int, gaps: int
) -> None:
    report = FailoverResult([(0, number) for number in numbers], [], [], current)
    assert (report.duplicates, report.gaps) == (duplicates, gaps)


def test_silence_is_the_longest_time_without_a_response_during_a_loss() -> None:
    responses = [(0, 1), (1, 2), (5, 3), (6, 4), (8, 5), (20, 6)]
    assert FailoverResult(responses, [], [(1.5, 7), (6.5, 8)], current=6).silences == [4, 2]


def test_table_shows_the_time_without_a_response() -> None:
    responses = [(0, 1), (1, 2), (5, 3), (6, 4), (8, 5), (20, 6)]
    table = dict(
        failover_rows(FailoverResult(responses, ["down"], [(1.5, 7), (6.5, 8)], current=6))
    )
    assert (table["numbers"], table["failed requests"]) == ("6", "1")
    assert table["without a response after a loss, median"] == "3.000 s"
    assert table["without a response after a loss, longest"] == "4.000 s"
