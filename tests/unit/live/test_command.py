"""The command asks, deploys, tests, audits and removes, in that order, and reports."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from atomic_counter.live.__main__ import main
from tests.fake_counter import fake_counter
from tests.unit.live.fakes import ACCOUNT, FakeAws, FakePrograms

STACK = "AtomicCounterLive-test"
ORDER = ["deploy", "pytest", "destroy"]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with fake_counter() as fake:
        yield fake.url


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()


@pytest.fixture
def programs(aws: FakeAws, url: str) -> FakePrograms:
    return FakePrograms(aws, url)


@pytest.fixture
def report(tmp_path: Path) -> Path:
    return tmp_path / "report.md"


def prove(aws: FakeAws, programs: FakePrograms, *arguments: object, answer: str = "y") -> int:
    def ask(_: str) -> str:
        return answer

    words: list[str] = ["-c", f"stackName={STACK}", *map(str, arguments)]
    return main(words, session=aws, run=programs, ask=ask)


def test_it_deploys_tests_audits_and_removes(
    aws: FakeAws, programs: FakePrograms, report: Path
) -> None:
    assert prove(aws, programs, "--yes", "--report", report) == 0
    assert (programs.ran, aws.stacks) == (ORDER, {})
    text = report.read_text()
    assert "**3 of 3 promises kept**" in text
    assert "| answered when sent again | 20 |" in text
    assert report.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    assert not any(secret in text for secret in (ACCOUNT, "127.0.0.1"))


def test_before_it_asks_it_says_where_what_and_for_how_much(
    aws: FakeAws, programs: FakePrograms, capsys: pytest.CaptureFixture[str]
) -> None:
    assert prove(aws, programs, answer="n") == 130
    said = capsys.readouterr().out
    assert said.startswith(f"Account {ACCOUNT}, Region eu-west-1, as {aws.arn}\n")
    assert f"Deploys the stack {STACK}: 1 DynamoDB::Table, " in said
    assert "Asks it 1,150 times, for about 0.009 USD." in said
    assert f"AWS_REGION=eu-west-1 npx cdk destroy --force -c stackName={STACK}\n" in said


@pytest.mark.parametrize("answer", ["", "n", "no", "maybe"])
def test_without_a_yes_nothing_is_deployed(
    aws: FakeAws, programs: FakePrograms, answer: str
) -> None:
    assert prove(aws, programs, answer=answer) == 130
    assert programs.ran == []


@pytest.mark.parametrize("error", [EOFError, KeyboardInterrupt])
def test_where_nobody_answers_nothing_is_deployed(
    aws: FakeAws, programs: FakePrograms, error: type[BaseException]
) -> None:
    def ask(_: str) -> str:
        raise error

    assert main(["-c", f"stackName={STACK}"], session=aws, run=programs, ask=ask) == 130
    assert programs.ran == []


@pytest.mark.parametrize("end", [1, KeyboardInterrupt(), OSError("no such program")])
@pytest.mark.parametrize("program", ["deploy", "pytest"])
def test_whatever_fails_the_copy_is_removed_and_reported(
    aws: FakeAws, programs: FakePrograms, report: Path, program: str, end: Any
) -> None:
    programs.ends[program] = end
    assert prove(aws, programs, "--yes", "--report", report) == 1
    assert programs.ran == [*ORDER[: ORDER.index(program) + 1], "destroy"]
    assert aws.stacks == {}
    assert "| audit | not reached | 0 |" in report.read_text()


def test_what_could_not_be_removed_is_told_with_the_command(
    aws: FakeAws, programs: FakePrograms, report: Path
) -> None:
    programs.ends["destroy"] = 1
    assert prove(aws, programs, "--yes", "--report", report) == 1
    assert (
        "left is AWS::Table x; remove it by hand:"
        f" AWS_REGION=eu-west-1 npx cdk destroy --force -c stackName={STACK}"
    ) in report.read_text()


def test_a_removal_that_fails_and_leaves_nothing_is_one(
    aws: FakeAws, programs: FakePrograms, report: Path
) -> None:
    programs.ends |= {"deploy": 1, "destroy": 1}
    prove(aws, programs, "--yes", "--report", report)
    assert "| remove | done |" in report.read_text()


def test_the_options_are_the_counters_and_the_tests(
    aws: FakeAws, programs: FakePrograms, report: Path
) -> None:
    words: list[str] = []

    def record(command: Any, environment: Any) -> int:
        words.extend(command)
        return programs(command, environment)

    options = ["-c", "keys=registered", "-c", f"stackName={STACK}", "--yes"]
    assert main([*options, "--report", str(report)], session=aws, run=record) == 0
    assert {"--option=keys=registered", f"--option=stackName={STACK}"} <= set(words)
    registered = [asked["Item"] for name, asked in aws.asked if name == "put_item"]
    assert len(registered) == 4
    assert "| options | keys=registered" in report.read_text()


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("keys=shut", "keys must be 'open' or 'registered', got 'shut'"),
        ("ephemeral=false", "ephemeral=false would leave the table behind"),
        ("alarmEmail=ops@example.com", None),
    ],
)
def test_an_option_that_is_wrong_here_is_told(
    aws: FakeAws,
    programs: FakePrograms,
    option: str,
    told: str | None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert prove(aws, programs, "-c", option, answer="n") == (1 if told else 130)
    assert (told or "") in capsys.readouterr().err
    assert programs.ran == []


def test_more_regions_than_one_are_not_proved_here(
    aws: FakeAws, programs: FakePrograms, capsys: pytest.CaptureFixture[str]
) -> None:
    regions = ("region=us-east-1", "replicas=us-east-2", "witness=us-west-2")
    assert prove(aws, programs, *(word for name in regions for word in ("-c", name))) == 1
    assert "take more than the one Region that is proved here" in capsys.readouterr().err
    assert programs.ran == []


def test_all_that_is_missing_is_told_a_line_each(
    aws: FakeAws, programs: FakePrograms, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.bootstrap_version = ""
    aws.denied.add("get_item")
    assert prove(aws, programs, "--yes") == 1
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("error: the account is not bootstrapped")
    assert second.startswith("error: no right to dynamodb:GetItem")
    assert programs.ran == []
