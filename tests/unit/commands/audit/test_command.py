"""The audit's command fails in one line."""

import pytest

from atomic_counter.__main__ import main
from atomic_counter.commands.audit import command
from atomic_counter.tooling.errors import CommandError


def test_failure_to_serve_is_reported_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: str) -> None:
        raise CommandError("the gateway didn't start")

    monkeypatch.setattr(command, "run_gateway", fail)
    assert main(["audit", "--serve"]) == 2
    assert capsys.readouterr().err == "error: the gateway didn't start\n"
