"""The app is synthesized when its inputs change; what fails is one line that says why."""

import json
import os
from pathlib import Path

import pytest

from atomic_counter.local import LocalError
from atomic_counter.local.synthesis import synthesize
from atomic_counter.options import Options
from tests.synthesis import synthesize as synthesize_here


def test_a_failing_app_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JSII_NODE", os.devnull)
    with pytest.raises(LocalError, match=r"^synthesis failed: .*Error"):
        synthesize(tmp_path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the app was synthesized with an option."""
    folder = tmp_path_factory.mktemp("cdk.out")
    synthesize(folder, {"throttleRate": "0.5"})
    return folder


def test_the_template_is_the_stacks_with_the_option_of_the_context(folder: Path) -> None:
    [template] = synthesize(folder, {"throttleRate": "0.5"})
    assert json.loads(template.read_text()) == synthesize_here(Options(throttle_rate=0.5)).to_json()


def test_what_has_not_changed_is_not_synthesized_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JSII_NODE", os.devnull)
    synthesize(folder, {"throttleRate": "0.5"})
    assert capsys.readouterr().err == ""
    with pytest.raises(LocalError):
        synthesize(folder, {"keys": "registered"})
    assert capsys.readouterr().err == "Synthesizing the stack ...\n"
