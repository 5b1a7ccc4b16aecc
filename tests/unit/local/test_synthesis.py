"""Synthesis fails in one line that says why."""

import json
import os
from pathlib import Path

import pytest

from atomic_counter.local import LocalError
from atomic_counter.local.synthesis import synthesize


def test_a_failing_app_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JSII_NODE", os.devnull)
    with pytest.raises(LocalError, match=r"^synthesis failed: .*Error"):
        synthesize(tmp_path)


def test_an_option_in_the_context_is_in_the_template(tmp_path: Path) -> None:
    resources = json.loads(synthesize(tmp_path, {"throttleRate": "0.5"}).read_text())["Resources"]
    (stage,) = (r for r in resources.values() if r["Type"] == "AWS::ApiGateway::Stage")
    settings = stage["Properties"]["MethodSettings"]
    assert {setting["ThrottlingRateLimit"] for setting in settings} == {0.5}


def test_what_has_not_changed_is_not_synthesized_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = synthesize(tmp_path)
    synthesized = template.stat()
    monkeypatch.setenv("JSII_NODE", os.devnull)
    assert synthesize(tmp_path).stat() == synthesized
    with pytest.raises(LocalError):
        synthesize(tmp_path, {"keys": "registered"})
