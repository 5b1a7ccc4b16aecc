"""The proof deploys, tests, audits and deletes a copy, in that order, and reports."""

from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import click
import pytest

from atomic_counter.commands.audit import plot
from atomic_counter.commands.live import command
from atomic_counter.commands.live.command import _confirm, prove
from atomic_counter.commands.live.programs import RunProgram
from atomic_counter.options import AppOptions
from atomic_counter.tooling.errors import CommandError
from tests.fake_counter import fake_counter
from tests.synthesis import template_files
from tests.unit.commands.live.fakes import ACCOUNT, FakeAws, FakePrograms

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


@pytest.fixture
def unplotted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proof with an empty plot, as drawing it takes longer than everything else."""
    monkeypatch.setattr(plot, "plot_audit", lambda _, path: path.touch())


@pytest.fixture
def synthesized_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The templates of these options, without another process."""

    def synthesize(_: Path, context: Mapping[str, str]) -> list[Path]:
        return template_files(AppOptions.from_context(context), tmp_path)

    monkeypatch.setattr(command, "synthesize", synthesize)


def run(
    aws: FakeAws,
    programs: RunProgram,
    report: Path = Path("unwritten.md"),
    *,
    confirmed: bool = True,
    context: Mapping[str, str] | None = None,
) -> int:
    options = {"stackName": STACK, **(context or {})}
    return prove(options, report, confirm=lambda: confirmed, session=aws, run=programs)


def test_copy_is_deployed_tested_audited_and_deleted(
    aws: FakeAws, programs: FakePrograms, report: Path
) -> None:
    assert run(aws, programs, report) == 0
    assert (programs.ran, aws.stacks) == (ORDER, {})
    text = report.read_text()
    assert "**3 of 3 promises kept**" in text
    assert "| successful retries | 20 |" in text
    assert report.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    assert not any(secret in text for secret in (ACCOUNT, "127.0.0.1"))


@pytest.mark.usefixtures("synthesized_here")
def test_copy_with_documents_is_audited_by_documents(
    aws: FakeAws, programs: FakePrograms, report: Path
) -> None:
    assert run(aws, programs, report, context={"documents": "true"}) == 0
    text = report.read_text()
    assert "**2 of 2 promises kept**" in text
    assert "| every document has one number, and no number is missing | pass | 1 |" in text
    assert "| numbers | 100 |" in text
    assert not report.with_suffix(".png").exists()


def test_account_resources_and_cost_are_announced_before_confirmation(
    aws: FakeAws, programs: FakePrograms, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(click.Abort):
        run(aws, programs, confirmed=False)
    output = capsys.readouterr().out
    assert output.startswith(f"Account {ACCOUNT}, Region eu-west-1, as {aws.arn}\n")
    assert f"Deploys the stack {STACK}: 1 DynamoDB::Table, " in output
    assert "Sends 1,150 requests, for about 0.009 USD." in output
    assert f"AWS_REGION=eu-west-1 npx cdk destroy --force -c stackName={STACK}\n" in output


def test_without_confirmation_nothing_is_deployed(aws: FakeAws, programs: FakePrograms) -> None:
    with pytest.raises(click.Abort):
        run(aws, programs, confirmed=False)
    assert programs.ran == []


@pytest.mark.parametrize(
    ("typed", "confirmed"),
    [("y\n", True), ("yes\n", True), ("\n", False), ("n\n", False), ("", False)],
)
def test_only_yes_confirms(typed: str, confirmed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(typed))
    assert _confirm() == confirmed


@pytest.mark.parametrize("end", [1, KeyboardInterrupt(), OSError("no such program")])
@pytest.mark.parametrize("program", ["deploy", "pytest"])
def test_copy_is_deleted_and_reported_after_any_failure(
    aws: FakeAws, programs: FakePrograms, report: Path, program: str, end: Any
) -> None:
    programs.ends[program] = end
    assert run(aws, programs, report) == (130 if isinstance(end, KeyboardInterrupt) else 2)
    assert programs.ran == [*ORDER[: ORDER.index(program) + 1], "destroy"]
    assert aws.stacks == {}
    assert "| audit | not reached | 0 |" in report.read_text()


@pytest.mark.usefixtures("unplotted")
def test_report_names_no_host_of_the_api(
    aws: FakeAws, programs: FakePrograms, report: Path
) -> None:
    error = "HTTPSConnectionPool(host=&apos;127.0.0.1&apos;, port=443)"
    programs.more = f'<testcase name="test_a"><failure message="{error}"/></testcase>'
    assert run(aws, programs, report) == 1
    text = report.read_text()
    assert "a: HTTPSConnectionPool(host='HOST', port=443)" in text
    assert "127.0.0.1" not in text


@pytest.mark.usefixtures("unplotted")
def test_remaining_resources_are_reported_with_the_command_that_deletes_them(
    aws: FakeAws, programs: FakePrograms, report: Path
) -> None:
    programs.ends["destroy"] = 1
    assert run(aws, programs, report) == 2
    assert (
        "still there: AWS::Table x; delete by hand:"
        f" AWS_REGION=eu-west-1 npx cdk destroy --force -c stackName={STACK}"
    ) in report.read_text()


def test_deletion_that_fails_and_leaves_nothing_counts_as_done(
    aws: FakeAws, programs: FakePrograms, report: Path
) -> None:
    programs.ends |= {"deploy": 1, "destroy": 1}
    run(aws, programs, report)
    assert "| delete | done |" in report.read_text()


@pytest.mark.usefixtures("unplotted", "synthesized_here")
def test_options_are_passed_to_the_counter_and_its_tests(
    aws: FakeAws, programs: FakePrograms, report: Path
) -> None:
    words: list[str] = []

    def record(command: Any, environment: Any) -> int:
        words.extend(command)
        return programs(command, environment)

    assert run(aws, record, report, context={"keys": "registered"}) == 0
    assert {"--option=keys=registered", f"--option=stackName={STACK}"} <= set(words)
    registered = [call["Item"] for name, call in aws.calls if name == "put_item"]
    assert len(registered) == 3
    assert f"| options | stackName={STACK} keys=registered |" in report.read_text()


@pytest.mark.parametrize(
    ("context", "error"),
    [
        ({"keys": "shut"}, "keys must be 'open' or 'registered', got 'shut'"),
        ({"ephemeral": "false"}, "ephemeral must be true, or the table would be left"),
        (
            {"region": "us-east-1", "replicas": "us-east-2", "witness": "us-west-2"},
            "region, replicas and witness must be absent, as one Region is proved",
        ),
    ],
)
def test_option_that_cannot_be_proved_is_refused(
    aws: FakeAws, programs: FakePrograms, context: dict[str, str], error: str
) -> None:
    with pytest.raises(CommandError, match=f"^{error}"):
        run(aws, programs, context=context)
    assert programs.ran == []


@pytest.mark.usefixtures("synthesized_here")
def test_option_without_effect_on_the_proof_is_accepted(
    aws: FakeAws, programs: FakePrograms
) -> None:
    with pytest.raises(click.Abort):
        run(aws, programs, confirmed=False, context={"alarmEmail": "ops@example.com"})


def test_account_that_lacks_something_is_refused_before_deployment(
    aws: FakeAws, programs: FakePrograms
) -> None:
    aws.denied.add("describe_stacks")
    with pytest.raises(CommandError, match=r"^the account can't be checked"):
        run(aws, programs)
    assert programs.ran == []
