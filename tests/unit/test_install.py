"""The installation of `make` repairs what an interrupted one left, and follows pip's settings."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts import install

SCRIPT = Path(install.__file__)


class FakeRun:
    """Stands in for the commands of an installation.

    Attributes:
        commands: The names of the programs and subcommands, in order.
        environments: Their environments.
        fails_at: The command that is interrupted.
        has_pip: Whether the environment gets pip, which takes a while.
    """

    def __init__(self) -> None:
        self.commands: list[str] = []
        self.environments: list[dict[str, str]] = []
        self.fails_at = ""
        self.has_pip = False

    def __call__(self, *command: Any, environment: dict[str, str]) -> None:
        words = [Path(command[0]).name, *map(str, command[1:4])]
        name = "venv" if "venv" in words else "pip" if "-m" in words else "uv"
        self.commands.append(name)
        self.environments.append(environment)
        if name == self.fails_at:
            raise KeyboardInterrupt
        if name == "venv":
            pip = [] if self.has_pip else ["--without-pip"]
            subprocess.run([*command, *pip], check=True)


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeRun:
    """An empty checkout, whose environment is created and whose packages aren't installed."""
    run, environment = FakeRun(), tmp_path / ".venv"
    monkeypatch.setattr(install, "ENVIRONMENT", environment)
    monkeypatch.setattr(install, "PROGRAMS", environment / "bin")
    monkeypatch.setattr(install, "INCOMPLETE", environment / "incomplete")
    monkeypatch.setattr(install, "run", run)
    return run


def test_second_installation_does_nothing(commands: FakeRun) -> None:
    install.install("local")
    install.install("local")
    assert commands.commands == ["venv", "pip", "uv"]


def test_serving_needs_nothing_after_the_installation_of_everything(commands: FakeRun) -> None:
    install.install("dev")
    install.install("local")
    assert commands.commands == ["venv", "pip", "uv"]


@pytest.mark.parametrize("program", ["venv", "pip", "uv"])
def test_interrupted_installation_is_repaired(commands: FakeRun, program: str) -> None:
    commands.fails_at = program
    with pytest.raises(KeyboardInterrupt):
        install.install("local")
    commands.fails_at, commands.commands = "", []
    install.install("local")
    assert commands.commands == ["venv", "pip", "uv"]


def test_environment_whose_python_does_not_run_is_created_again(commands: FakeRun) -> None:
    install.install("local")
    python = install.PROGRAMS / "python"
    python.unlink()
    python.symlink_to("/no/python")
    install.install("local")
    assert commands.commands == ["venv", "pip", "uv"] * 2


def test_environment_of_another_python_is_created_again(
    commands: FakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    install.install("local")
    monkeypatch.setattr(sys, "base_prefix", "/another")
    install.install("local")
    assert commands.commands == ["venv", "pip", "uv"] * 2


def test_old_python_is_refused_in_a_sentence_before_anything_else() -> None:
    program = (
        "import sys; sys.version_info = (3, 9, 2);"
        f"exec(compile(open({str(SCRIPT)!r}).read(), 'install.py', 'exec'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stderr == (
        f"error: Python 3.11 or later is required, but {sys.executable} is 3.9.2: choose another"
        " one, such as make PYTHON=python3.13\n"
    )
    assert done.returncode == 2


def test_packages_are_never_installed_elsewhere(
    commands: FakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = {"PIP_USER": "1", "PIP_TARGET": "/no", "PYTHONPATH": "/no", "VIRTUAL_ENV": "/no"}
    for name, value in elsewhere.items():
        monkeypatch.setenv(name, value)
    install.install("local")
    assert not any(elsewhere.keys() & environment.keys() for environment in commands.environments)
    assert commands.environments[1]["PIP_CONFIG_FILE"] == os.devnull


def test_uv_uses_the_indexes_of_pip(commands: FakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    commands.has_pip = True
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "https://one.example/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://two.example/simple file:///no/folder")
    monkeypatch.setenv("PIP_TRUSTED_HOST", "one.example")
    install.install("local")
    uv = commands.environments[-1]
    assert uv["UV_DEFAULT_INDEX"] == "https://one.example/simple"
    assert uv["UV_INDEX"] == "https://two.example/simple"
    assert uv["UV_INSECURE_HOST"] == "one.example"


def test_caches_move_into_the_checkout_if_the_home_folder_is_not_writable(
    commands: FakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/proc/no")
    install.install("local")
    assert commands.environments[-1]["UV_CACHE_DIR"].startswith(str(install.CHECKOUT))
