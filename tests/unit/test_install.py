"""The installation of `make` repairs what an interrupted one left, and follows pip's settings."""

import ast
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

fcntl = pytest.importorskip("fcntl", reason="Windows has no make")

from scripts import install  # noqa: E402

SCRIPT = Path(install.__file__)


class FakeRun:
    """Stands in for the commands of an installation.

    Attributes:
        commands: The names of the programs and subcommands, in order.
        environments: Their environments.
        fails_at: The command that is interrupted when it has done most of its work.
    """

    def __init__(self) -> None:
        self.commands: list[str] = []
        self.environments: list[dict[str, str]] = []
        self.fails_at = ""

    def __call__(self, _step: str, *command: Any, env: dict[str, str]) -> None:
        words = [Path(command[0]).name, *map(str, command[1:4])]
        name = "venv" if "venv" in words else "pip" if "-m" in words else "uv"
        self.commands.append(name)
        self.environments.append(env)
        if name == "venv":
            shutil.rmtree(install.ENVIRONMENT, ignore_errors=True)
            install.PYTHON.parent.mkdir(parents=True)
            install.PYTHON.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
            install.PYTHON.chmod(0o755)
        if name == self.fails_at:
            raise KeyboardInterrupt


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeRun:
    """An empty checkout, whose environment has the Python and the pip of the tests."""
    run = FakeRun()
    monkeypatch.chdir(tmp_path)
    for name in install.REQUIREMENTS:
        Path(name).touch()
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


def test_interrupted_update_is_repaired(commands: FakeRun) -> None:
    install.install("local")
    commands.fails_at = "uv"
    with pytest.raises(KeyboardInterrupt):
        install.install("dev")
    commands.fails_at, commands.commands = "", []
    install.install("local")
    assert commands.commands == ["venv", "pip", "uv"]


def test_change_of_requirements_keeps_the_environment(commands: FakeRun) -> None:
    install.install("local")
    Path("constraints.txt").write_text("click==8.5.1")
    install.install("local")
    assert commands.commands == ["venv", "pip", "uv", "uv"]


def test_next_installation_waits_for_what_a_killed_one_left_running(tmp_path: Path) -> None:
    program = (
        "import pathlib; from scripts import install;"
        f"install.CHECKOUT = pathlib.Path({str(tmp_path)!r});"
        "install.install = lambda _: install.run('', 'sh', '-c', 'kill -9 $PPID; cat', env={});"
        "install.main('dev')"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, cwd=install.CHECKOUT, stdin=subprocess.PIPE) as killed:
        assert killed.wait() == -signal.SIGKILL
        with open(tmp_path / ".venv.lock") as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_environment_of_a_moved_checkout_is_created_again(
    commands: FakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    install.install("local")
    monkeypatch.setattr(install, "CHECKOUT", Path("/moved"))
    install.install("local")
    assert commands.commands == ["venv", "pip", "uv"] * 2


def test_environment_whose_python_does_not_run_is_created_again(commands: FakeRun) -> None:
    install.install("local")
    install.PYTHON.unlink()
    install.PYTHON.symlink_to("/no/python")
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


def test_parser_of_an_old_python_accepts_the_script() -> None:
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 7))


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
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "https://one.example/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://two.example/simple https://three.example")
    monkeypatch.setenv("PIP_TRUSTED_HOST", "one.example")
    monkeypatch.setenv("PIP_PROXY", "http://proxy.example")
    install.install("local")
    uv = commands.environments[-1]
    assert uv["UV_DEFAULT_INDEX"] == "https://one.example/simple"
    assert uv["UV_INDEX"] == "https://two.example/simple https://three.example"
    assert uv["UV_INSECURE_HOST"] == "one.example"
    assert uv["ALL_PROXY"] == "http://proxy.example"


def test_variable_of_pip_comes_before_its_files(
    commands: FakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip.conf").write_text("[global]\nindex-url = https://file.example\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.setenv("PIP_INDEX_URL", "https://variable.example")
    install.install("local")
    assert commands.environments[-1]["UV_DEFAULT_INDEX"] == "https://variable.example"


@pytest.mark.usefixtures("commands")
def test_broken_configuration_of_pip_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip.conf").write_text("index-url = https://no-section.example\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    with pytest.raises(subprocess.CalledProcessError):
        install.install("local")


def test_caches_move_into_the_checkout_if_the_home_folder_is_not_writable(
    commands: FakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/proc/no")
    install.install("local")
    assert commands.environments[-1]["UV_CACHE_DIR"].startswith(str(install.CHECKOUT))


def test_caches_of_a_user_without_a_home_folder_are_in_the_checkout(
    commands: FakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.path.expanduser", str)
    install.install("local")
    assert commands.environments[-1]["UV_CACHE_DIR"].startswith(str(install.CHECKOUT))
