"""npm packages are installed only when necessary."""

import json
import os
from pathlib import Path

import pytest

from atomic_counter.tooling import node
from atomic_counter.tooling.errors import CommandError
from atomic_counter.tooling.paths import CHECKOUT, LOCAL_STATE


def test_node_js_comes_from_the_python_environment() -> None:
    first, _, _ = node.environment()["PATH"].partition(os.pathsep)
    assert node.executable().is_file()
    assert Path(first) == node.executable().parent


def test_installed_packages_are_not_installed_again() -> None:
    node.install_packages()
    installed = (CHECKOUT / "node_modules" / "dynalite" / "package.json").stat()
    node.install_packages()
    assert (CHECKOUT / "node_modules" / "dynalite" / "package.json").stat() == installed


def test_package_without_checkout_is_reported(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"package-lock\.json is missing: run from a checkout"):
        node.install_packages(tmp_path)


def test_failure_of_npm_is_reported_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "package-lock.json").write_text("{}")
    with pytest.raises(CommandError, match=r"^npm ci failed with status \d+: npm error .+$"):
        node.install_packages(tmp_path)


def test_caches_move_into_the_checkout_if_the_home_folder_is_not_writable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in node.CACHES:
        monkeypatch.delenv(name, raising=False)
    assert not node.CACHES.keys() & node.environment().keys()
    monkeypatch.setenv("HOME", "/proc/no")
    assert {name: Path(node.environment()[name]) for name in node.CACHES} == node.CACHES


def test_local_folder_is_the_home_of_a_user_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("os.path.expanduser", str)
    assert node.environment()["HOME"] == str(LOCAL_STATE)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NODE_ENV", "production"),
        ("npm_config_omit", "dev"),
        ("npm_config_dry_run", "true"),
        ("npm_config_global", "true"),
        ("npm_config_package_lock_only", "true"),
    ],
)
def test_packages_for_development_are_installed_in_any_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    given = {"devDependencies": {"a": "file:a"}}
    linked = {"node_modules/a": {"resolved": "a", "link": True}, "a": {"dev": True}}
    lock = {"lockfileVersion": 3, "requires": True, "packages": {"": given, **linked}}
    (tmp_path / "package.json").write_text(json.dumps(given))
    (tmp_path / "package-lock.json").write_text(json.dumps(lock))
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "package.json").write_text('{"name": "a", "version": "1.0.0"}')
    monkeypatch.setenv(name, value)
    node.install_packages(tmp_path, development=True)
    assert (tmp_path / "node_modules" / "a").exists()


def test_failure_of_npm_is_reported_without_colors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "package-lock.json").write_text("{}")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("npm_config_color", "always")
    with pytest.raises(CommandError) as error:
        node.install_packages(tmp_path)
    assert "\x1b" not in str(error.value)
