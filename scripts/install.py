"""Create the virtual environment .venv and install an extra of the project in it: `make` runs this.

It needs only the standard library, and repairs whatever an interrupted run has left.
"""

import ast
import hashlib
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator  # noqa: UP035 (an older Python must come as far as the next lines)

if sys.version_info < (3, 11):  # noqa: UP036
    print(
        "error: Python 3.11 or later is required, but {} is {}.{}.{}: choose another one, such as"
        " make PYTHON=python3.13".format(sys.executable, *sys.version_info[:3]),
        file=sys.stderr,
    )
    sys.exit(2)

CHECKOUT = Path(__file__).resolve().parents[1]
ENVIRONMENT = CHECKOUT / ".venv"
PROGRAMS = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
# Exists while packages are being installed.
INCOMPLETE = ENVIRONMENT / "incomplete"
REQUIREMENTS = ("setup.py", "pyproject.toml", "constraints.txt", "requirements-dev.txt")
EXTRAS = {
    "local": (
        "dependencies for serving",
        ["-c", "constraints.txt", "-e", ".[local]"],
    ),
    "dev": ("dependencies for tests and checks", ["-r", "requirements-dev.txt"]),
}


def main(extra: str) -> int:
    """Install an extra, and return the exit status."""
    os.chdir(CHECKOUT)
    try:
        with one_at_a_time():
            install(extra)
    except subprocess.CalledProcessError as error:
        print(f"error: {' '.join(map(str, error.cmd[:5]))} … failed", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130
    return 0


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let a second make wait for the first."""
    try:
        import fcntl  # noqa: PLC0415
    except ImportError:  # Windows has no make.
        yield
        return
    with open(CHECKOUT / ".venv.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install(extra: str) -> None:
    """Install an extra, unless it is installed."""
    digest = hashlib.sha256(b"".join(Path(name).read_bytes() for name in REQUIREMENTS)).hexdigest()
    if not is_sound():
        with step("Creating the virtual environment .venv"):
            shutil.rmtree(ENVIRONMENT, ignore_errors=True)
            run(sys.executable, "-m", "venv", ENVIRONMENT, environment=clean_environment())
    elif any(read(ENVIRONMENT / f"installed-{each}") == digest for each in (extra, "dev")):
        return
    INCOMPLETE.touch()
    index = pip_index()
    name, requirements = EXTRAS[extra]
    if not succeeds(PROGRAMS / "uv", "--version"):
        with step("Installing uv"):
            pip: list[str | Path] = [
                PROGRAMS / "python",
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-compile",
            ]
            options = [f"--{key}={value}" for key, values in index.items() for value in values]
            isolation = {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
            environment = clean_environment() | isolation
            run(
                *pip,
                *options,
                "--no-compile",
                "-c",
                "constraints.txt",
                "uv",
                environment=environment,
            )
    with step(f"Installing the {name}"):
        uv: list[str | Path] = [
            PROGRAMS / "uv",
            "pip",
            "install",
            "--quiet",
            "--python",
            ENVIRONMENT,
        ]
        run(*uv, *requirements, environment=uv_environment(index))
    (ENVIRONMENT / f"installed-{extra}").write_text(digest)
    INCOMPLETE.unlink()


def read(file: Path) -> "str | None":
    """Return the content of a file, if it exists."""
    return file.read_text() if file.exists() else None


def is_sound() -> bool:
    """Return whether the environment is complete, runs, and has the chosen Python."""
    if INCOMPLETE.exists():
        return False
    question = "import sys; print(sys.version_info[:3], sys.base_prefix)"
    answer = f"{sys.version_info[:3]} {sys.base_prefix}"
    try:
        found = subprocess.check_output([PROGRAMS / "python", "-I", "-c", question], text=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return found.strip() == answer


def pip_index() -> dict[str, list[str]]:
    """Return the package indexes that pip is configured for, by pip's option."""
    command: list[str | Path] = [PROGRAMS / "python", "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found: dict[str, list[str]] = {}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        option = name.rpartition(".")[2]
        if option in ("index-url", "extra-index-url", "trusted-host", "cert"):
            values = str(ast.literal_eval(value)).split()
            found[option] = [value for value in values if not is_missing_folder(value)]
    return found


def is_missing_folder(url: str) -> bool:
    """Return whether an index is a folder that doesn't exist, which pip ignores and uv doesn't."""
    return url.startswith("file://") and not Path(url[len("file://") :]).exists()


def uv_environment(index: dict[str, list[str]]) -> dict[str, str]:
    """Return the environment in which uv uses pip's indexes, and caches in a writable folder."""
    variables = {
        "UV_DEFAULT_INDEX": index.get("index-url", [])[:1],
        "UV_INDEX": index.get("extra-index-url", []),
        "UV_INSECURE_HOST": index.get("trusted-host", []),
        # As pip, which takes the best version of all indexes.
        "UV_INDEX_STRATEGY": ["unsafe-best-match"] if index.get("extra-index-url") else [],
        "SSL_CERT_FILE": index.get("cert", []),
    }
    chosen = {name: " ".join(values) for name, values in variables.items() if values}
    if not os.access(Path.home(), os.W_OK):
        chosen["UV_CACHE_DIR"] = str(CHECKOUT / ".local" / "cache" / "uv")
    return chosen | clean_environment()


def clean_environment() -> dict[str, str]:
    """Return this environment, without what would install elsewhere or run another Python."""
    elsewhere = ("PIP_", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "UV_TARGET", "UV_PREFIX")
    return {name: value for name, value in os.environ.items() if not name.startswith(elsewhere)}


def succeeds(*command: "str | Path") -> bool:
    """Return whether a command runs with success."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def run(*command: "str | Path", environment: dict[str, str]) -> None:
    """Run a command, which must succeed."""
    subprocess.run(command, env=environment, check=True)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print a step, and how long it took."""
    print(f"{name} ... ", end="", flush=True)
    started = time.monotonic()
    yield
    print(f"{time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
