"""The app is synthesized when its inputs change, and a failure is one line."""

import json
import os
from pathlib import Path

import pytest

from atomic_counter.options import AppOptions
from atomic_counter.tooling.errors import CommandError
from atomic_counter.tooling.synthesis import synthesize
from tests.synthesis import synthesize as synthesize_here


def test_error_of_the_app_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JSII_NODE", os.devnull)
    with pytest.raises(CommandError, match=r"^synthesis failed: .*Error"):
        synthesize(tmp_path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the app, synthesized with an option."""
    folder = tmp_path_factory.mktemp("cdk.out")
    synthesize(folder, {"throttleRate": "0.5"})
    return folder


def test_template_has_the_options_of_the_context(folder: Path) -> None:
    [template] = synthesize(folder, {"throttleRate": "0.5"})
    assert (
        json.loads(template.read_text()) == synthesize_here(AppOptions(throttle_rate=0.5)).to_json()
    )


def test_unchanged_app_is_not_synthesized_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JSII_NODE", os.devnull)
    synthesize(folder, {"throttleRate": "0.5"})
    assert capsys.readouterr().err == ""
    with pytest.raises(CommandError):
        synthesize(folder, {"keys": "registered"})
    assert capsys.readouterr().err == "Synthesizing the stack ...\n"
