"""The command line lists its commands, and has one form of error and of exit status."""

import subprocess
import sys
from importlib import import_module

import pytest

from atomic_counter.__main__ import main
from atomic_counter.command_line import SUBCOMMANDS


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
        (["cost", "-c", "a"], "error: --context must be of the form name=value, got a\n"),
        (["failover", "--losses", "0"], "error: --losses must be a whole number of at least 1,"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(
    words: list[str], error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert capsys.readouterr().err.startswith(error)


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
