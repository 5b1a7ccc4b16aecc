"""The report of lost Regions counts what is repeated, skipped, and how long nobody answered."""

import pytest

from atomic_counter.audit.failover import Report, main, rows

ONE_A_SECOND = [(float(second), second) for second in range(1, 10)]


def test_what_everybody_got_once_is_neither_repeated_nor_skipped() -> None:
    report = Report(ONE_A_SECOND, [], [(3, 4)], taken=9)
    assert (report.repeats, report.gaps) == (0, 0)


@pytest.mark.parametrize(
    ("numbers", "taken", "repeats", "gaps"),
    [([1, 2, 2], 2, 1, 0), ([1, 3], 3, 0, 1), ([2, 3], 3, 0, 1), ([1, 2], 4, 0, 2)],
)
def test_repeats_and_gaps_are_found_also_at_the_ends(
    numbers: list[int], taken: int, repeats: int, gaps: int
) -> None:
    report = Report([(0, number) for number in numbers], [], [], taken)
    assert (report.repeats, report.gaps) == (repeats, gaps)


def test_a_silence_is_the_longest_time_without_an_answer_while_a_region_is_lost() -> None:
    answers = [(0, 1), (1, 2), (5, 3), (6, 4), (8, 5), (20, 6)]
    assert Report(answers, [], [(1.5, 7), (6.5, 8)], taken=6).silences == [4, 2]


def test_the_table_says_how_long_nobody_answered() -> None:
    answers = [(0, 1), (1, 2), (5, 3), (6, 4), (8, 5), (20, 6)]
    table = dict(rows(Report(answers, ["down"], [(1.5, 7), (6.5, 8)], taken=6)))
    assert (table["numbers"], table["requests without a number"]) == ("6", "1")
    assert table["without an answer after a loss, median"] == "3.000 s"
    assert table["without an answer after a loss, longest"] == "4.000 s"


def test_a_loss_of_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--losses", "0"])
    assert "a number above 0 is needed, not 0" in capsys.readouterr().err
