"""The audit's command fails in one line."""

import pytest

from atomic_counter.audit import __main__ as command
from atomic_counter.local import LocalError


def test_a_counter_that_cannot_be_served_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def serve(*_: str) -> None:
        raise LocalError("the counter was not served")

    monkeypatch.setattr(command, "serve", serve)
    assert command.main(["--serve"]) == 2
    assert capsys.readouterr().err == "error: the counter was not served\n"
