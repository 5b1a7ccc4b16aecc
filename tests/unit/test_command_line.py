"""The command line lists its commands, and has one form of error and of exit status."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import click
import pytest

from atomic_counter.__main__ import main
from atomic_counter.command_line import SUBCOMMANDS
from atomic_counter.tooling.terminal import printable


def test_help_lists_every_command_without_importing_it() -> None:
    program = (
        "import sys; from atomic_counter.__main__ import main; main(['--help']);"
        "from atomic_counter.command_line import SUBCOMMANDS;"
        "modules = {f'atomic_counter.commands.{name}' for name in SUBCOMMANDS};"
        "sys.exit(bool(modules & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert [line.split()[0] for line in done.stdout.splitlines()[-len(SUBCOMMANDS) :]] == list(
        SUBCOMMANDS
    )


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_command_help_begins_with_its_line(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    command = getattr(import_module(f"atomic_counter.commands.{name}"), name)
    assert command.help.startswith(SUBCOMMANDS[name])
    assert capsys.readouterr().out.startswith(f"Usage: atomic-counter {name} [OPTIONS]")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["serv"], "error: No such command 'serv'.\n"),
        (["cost", "--no"], "error: No such option '--no'.\n"),
        (["migrate", "a"], "error: Missing argument 'TARGET'.\n"),
        (
            ["cost", "-c", "\x1b[2J"],
            "error: --context must be of the form name=value, got \\u001b[2J",
        ),
        (["cost", "-c", "a"], "error: --context must be of the form name=value, got a\n"),
        (
            ["migrate", "a", "b", "--ahead", "9" * 5000],
            f"error: --ahead must be a whole number of at least 0, got {'9' * 200}…\n",
        ),
        (["failover", "--losses", "0"], "error: --losses must be a whole number of at least 1,"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(
    words: list[str], error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert capsys.readouterr().err.startswith(error)


@pytest.mark.parametrize("words", [["keys", "list", "a"], ["register", "a"], ["migrate", "a", "b"]])
@pytest.mark.parametrize(
    "url",
    [
        "foo",
        "ftp://a",
        "http://",
        "http://a b",
        "http://127.0.0.1:99999",
        "http://127.0.0.1/\udcff",
    ],
)
def test_wrong_endpoint_is_wrong_usage(
    words: list[str], url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--endpoint-url", url]) == 2
    allowed = "--endpoint-url must be an http or https URL such as http://127.0.0.1:8000"
    assert capsys.readouterr().err == f"error: {allowed}, got {printable(url)}\n"


def test_without_command_help_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert capsys.readouterr().out.startswith("Usage: atomic-counter")


@pytest.mark.parametrize(("module", "extra"), [("rich", "local"), ("matplotlib", "plot")])
def test_missing_module_is_reported_with_its_extra(
    module: str, extra: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ModuleNotFoundError(name=module)

    monkeypatch.setattr("atomic_counter.command_line.import_module", fail)
    assert main(["serve"]) == 2
    reason = f"no module {module}: pip install '.[{extra}]' in the checkout"
    assert capsys.readouterr().err == f"error: {reason}\n"


@pytest.mark.parametrize("name", SUBCOMMANDS)
@pytest.mark.parametrize(
    "error", [ZeroDivisionError("boom"), MemoryError("boom"), click.ClickException("boom")]
)
def test_failure_to_run_is_status_2_and_never_a_verdict(
    name: str,
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    @click.command
    def crash() -> None:
        raise error

    module = SimpleNamespace(**{name: crash})
    monkeypatch.setattr("atomic_counter.command_line.import_module", lambda _: module)
    assert main([name]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1].startswith("error: ")
    assert "boom" in lines[-1]


def test_crash_is_shown_with_its_traceback_to_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def crash(_: str) -> None:
        raise LookupError("a [/] \x1b[31m")

    monkeypatch.setattr("atomic_counter.command_line.import_module", crash)
    assert main(["cost"]) == 2
    first, *_, last = capsys.readouterr().err.splitlines()
    assert first == "Traceback (most recent call last):"
    assert last == (
        "error: the command failed unexpectedly: LookupError: a [/] \\u001b[31m; report it with the"
        " lines above"
    )


def test_missing_library_of_the_command_line_is_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "atomic_counter.command_line", None)
    assert main([]) == 2
    assert "error: " in capsys.readouterr().err


@pytest.mark.parametrize("descriptor", [1, 2])
def test_closed_output_changes_no_status(descriptor: int) -> None:
    words = [sys.executable, "-m", "atomic_counter"]
    for last, status in (("--help", 0), ("none", 2)):
        program = f'exec "$@" {descriptor}>&-'
        command = ["bash", "-c", program, "-", *words, last]
        done = subprocess.run(command, check=False, capture_output=True)
        assert done.returncode == status


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
def test_full_output_is_status_2() -> None:
    words = [sys.executable, "-m", "atomic_counter", "none"]
    with Path("/dev/full").open("w") as full:
        assert subprocess.run(words, check=False, stderr=full).returncode == 2
