"""A report shows what was proved, without data of the account."""

from pathlib import Path

import pytest

from atomic_counter.commands.audit import AuditPlan, AuditResult, Sample
from atomic_counter.commands.live.programs import Promise
from atomic_counter.commands.live.report import LiveReport
from atomic_counter.commands.live.steps import Step
from atomic_counter.tooling.terminal import console

KEPT, BROKEN = Promise("it counts", 2, [], []), Promise("it | is", 0, ["test: got 111122"], [])
NOT_TRIED = Promise("it is signed", 0, [], ["test_it: it was not deployed with iam"])
DONE = [Step("deploy", "done", 61.4), Step("remove", "done", 5)]
PLAN = AuditPlan("http://a", ["k"], clients=1, requests=2)


def audit(*numbers: int) -> AuditResult:
    return AuditResult.of([Sample(0, "k", 0, 0, 0.1, 200, n, 1) for n in numbers], 1)


@pytest.mark.parametrize(
    ("steps", "promises", "is_proved", "summary"),
    [
        (DONE, [KEPT, NOT_TRIED], True, "1 of 1 promises kept"),
        (DONE, [KEPT, BROKEN], False, "1 of 2 promises kept"),
        ([*DONE, Step("c", "left")], [KEPT], False, "1 of 1 promises kept; c: left"),
        ([], [], False, "0 of 0 promises kept"),
    ],
)
def test_counter_is_proved_if_every_step_is_done_and_every_promise_kept(
    steps: list[Step], promises: list[Promise], is_proved: bool, summary: str
) -> None:
    report = LiveReport({}, steps, promises)
    assert (report.is_proved, report.summary) == (is_proved, summary)


@pytest.mark.parametrize(
    ("numbers", "outcome"),
    [([1, 2], "pass"), ([1, 1], "fail"), ([1, 3], "fail"), ([1], "fail"), ([], "fail")],
)
def test_audit_promises_all_numbers_without_duplicates_and_gaps(
    numbers: list[int], outcome: str
) -> None:
    report = LiveReport({})
    report.add_audit("unique", PLAN, audit(*numbers))
    assert [(promise.text, promise.outcome) for promise in report.promises] == [("unique", outcome)]


@pytest.mark.parametrize(
    ("steps", "promises", "status"),
    [
        (DONE, [KEPT], 0),
        (DONE, [BROKEN], 1),
        ([*DONE, Step("delete", "left")], [BROKEN], 1),
        ([*DONE, Step("delete", "left")], [KEPT], 2),
        ([], [], 2),
    ],
)
def test_status_1_means_that_a_promise_is_broken(
    steps: list[Step], promises: list[Promise], status: int
) -> None:
    assert LiveReport({}, steps, promises).status == status


def test_facts_that_nobody_has_recorded_are_told_apart() -> None:
    fact = Promise("new", 0, ["new: 415"], [], is_fact=True)
    first, _, rest = LiveReport({}, DONE, [KEPT, fact]).markdown(None).partition("## Promises")
    assert "## Proven for the first time" in first
    assert "share this report in an issue" in first
    assert "| new | fail | 1 |" in first
    assert "| it counts | pass | 2 |" in rest


def test_untested_promises_are_one_row_with_their_reasons() -> None:
    untested = [Promise(str(n), 0, [], [f"{n}: {why}"]) for n, why in enumerate("abb")]
    text = LiveReport({}, DONE, [KEPT, *untested]).markdown(None)
    assert text.count("not tested") == 1
    assert "| 3 more | not tested: b (2); a (1) |  |" in text.splitlines()


def test_printed_failure_controls_no_terminal_and_is_whole(
    capsys: pytest.CaptureFixture[str],
) -> None:
    failed = Promise("it counts", 0, [f"test: got [/] \x1b[2J {'x' * 100}"], [])
    LiveReport({}, DONE, [failed]).print(console())
    assert f"got [/] \\u001b[2J {'x' * 100}\n" in capsys.readouterr().out


def test_report_is_markdown_without_data_of_the_account() -> None:
    report = LiveReport({"Region": "eu-west-1"}, DONE, [KEPT, NOT_TRIED, BROKEN])
    report.secrets["111122"] = "ACCOUNT"
    report.add_audit("unique", PLAN, audit(1, 2))
    text = report.markdown(Path("dir/plot.png"))
    for line in (
        "| Region | eu-west-1 |",
        "| deploy | done | 61 |",
        "| it counts | pass | 2 |",
        "| 1 more | not tested: it was not deployed with iam (1) |  |",
        r"| it \| is | fail | 1 |",
        "| latency, median | 100.0 ms |",
        "![Latencies and numbers](plot.png)",
        "test: got ACCOUNT",
    ):
        assert line in text.splitlines()
    assert "111122" not in text
