"""What npm provides is installed when it is needed, and only then."""

import os
from pathlib import Path

import pytest

from atomic_counter.local import CHECKOUT, LocalError, node


def test_node_js_is_the_one_of_the_python_environment() -> None:
    first, _, _ = node.environment()["PATH"].partition(os.pathsep)
    assert node.executable().is_file()
    assert Path(first) == node.executable().parent


def test_what_is_installed_is_not_installed_again() -> None:
    node.install_packages()
    installed = (CHECKOUT / "node_modules" / "dynalite" / "package.json").stat()
    node.install_packages()
    assert (CHECKOUT / "node_modules" / "dynalite" / "package.json").stat() == installed


def test_a_package_without_its_checkout_says_so(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=r"package-lock\.json is missing: run from a checkout"):
        node.install_packages(tmp_path)


def test_a_failing_npm_says_why(tmp_path: Path) -> None:
    (tmp_path / "package-lock.json").write_text("{}")
    with pytest.raises(LocalError, match=r"^npm ci failed with status \d+: npm error .+$"):
        node.install_packages(tmp_path)
