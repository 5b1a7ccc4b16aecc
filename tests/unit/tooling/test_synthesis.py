"""The app is synthesized when its inputs change, and a failure is one line."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from atomic_counter.options import AppOptions
from atomic_counter.tooling import synthesis
from atomic_counter.tooling.errors import CommandError
from atomic_counter.tooling.synthesis import STAMP, synthesize
from tests.synthesis import synthesize as synthesize_here


def test_error_of_the_app_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JSII_NODE", os.devnull)
    with pytest.raises(CommandError, match=r"^synthesis failed: .*Error"):
        synthesize(tmp_path)


def test_error_of_node_js_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JSII_RUNTIME", "/none.js")
    with pytest.raises(CommandError) as error:
        synthesize(tmp_path)
    assert str(error.value) == "synthesis failed: Error: Cannot find module '/none.js'"


def test_synthesis_does_not_depend_on_settings_of_node_js_and_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NODE_DEBUG", "module,net")
    monkeypatch.setenv("NODE_OPTIONS", "--require=/none.cjs")
    monkeypatch.setenv("PYTHONIOENCODING", "utf-16")
    monkeypatch.setenv("PYTHONINSPECT", "1")
    [template] = synthesize(tmp_path)
    assert json.loads(template.read_text()) == synthesize_here(AppOptions()).to_json()


ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def test_error_with_any_character_is_quoted_in_any_locale(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from atomic_counter.tooling.synthesis import synthesize\n"
        "synthesize(Path(sys.argv[1]), {'keys': 'schl\\u00fcssel'})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env={**os.environ, **ASCII, "PYTHONIOENCODING": "utf-8"},
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    assert done.stderr.endswith("must be 'open' or 'registered', got 'schlüssel'\n")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the app, synthesized with an option."""
    folder = tmp_path_factory.mktemp("cdk.out")
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("CDK_VALIDATION")
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


@pytest.fixture
def fake_app(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """An app whose template is its context, and the folders that it was synthesized to."""
    outputs: list[Path] = []

    def run_app(output: Path, context: str) -> None:
        outputs.append(output)
        stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "template"}}
        (output / "manifest.json").write_text(json.dumps({"artifacts": {"stack": stack}}))
        (output / "template").write_text(context)

    monkeypatch.setattr(synthesis, "_run_app", run_app)
    return outputs


@pytest.mark.usefixtures("fake_app")
def test_concurrent_commands_with_other_options_get_their_own_templates(tmp_path: Path) -> None:
    contexts = [{"throttleBurst": str(burst)} for burst in (11, 22)] * 8
    with ThreadPoolExecutor() as threads:
        templates = threads.map(lambda context: synthesize(tmp_path, context), contexts)
        found = [json.loads(template.read_text())["throttleBurst"] for [template] in templates]
    assert found == [context["throttleBurst"] for context in contexts]


def test_concurrent_commands_with_the_same_options_synthesize_once(
    tmp_path: Path, fake_app: list[Path]
) -> None:
    with ThreadPoolExecutor() as threads:
        templates = list(threads.map(lambda _: synthesize(tmp_path), range(8)))
    assert (len(fake_app), len(set(map(str, templates)))) == (1, 1)


def test_interrupted_synthesis_is_done_again(tmp_path: Path, fake_app: list[Path]) -> None:
    [template] = synthesize(tmp_path)
    (template.parent / STAMP).unlink()
    template.write_text("{")
    assert synthesize(tmp_path) == [template]
    assert len(template.read_text()) > 1
    assert len(fake_app) == 2


@pytest.mark.usefixtures("fake_app")
def test_only_the_latest_cloud_assemblies_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synthesis, "KEPT_ASSEMBLIES", 1)
    for burst in ("44", "55"):
        [template] = synthesize(tmp_path, {"throttleBurst": burst})
    assert list(tmp_path.glob("*/template")) == [template]
