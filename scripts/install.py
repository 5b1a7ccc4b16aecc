"""Create the virtual environment .venv and install an extra of the project in it: `make` runs this.

It needs only the standard library, and repairs whatever an interrupted run has left.
"""

import ast
import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036
    print(
        "error: Python 3.11 or later is required, but {} is {}.{}.{}: choose another one, such as"
        " make PYTHON=python3.13".format(sys.executable, *sys.version_info[:3]),
        file=sys.stderr,
    )
    sys.exit(2)

CHECKOUT = Path(__file__).resolve().parents[1]
# Relative to the checkout.
ENVIRONMENT = Path(".venv")
PYTHON = ENVIRONMENT / "bin" / "python"
UV = ENVIRONMENT / "bin" / "uv"
# What is installed. It's written last, so whatever was interrupted is without it.
INSTALLED = ENVIRONMENT / "installed"
REQUIREMENTS = ("setup.py", "pyproject.toml", "constraints.txt", "requirements-dev.txt")
EXTRAS = {
    "local": ("dependencies for serving", ["-c", "constraints.txt", "-e", ".[local]"]),
    "dev": ("dependencies for tests and checks", ["-r", "requirements-dev.txt"]),
}
# The settings of pip that say where packages come from, and the variable of uv for each.
SETTINGS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}
# The variables that would install elsewhere, or run another Python.
ELSEWHERE = ("PIP_", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "UV_TARGET", "UV_PREFIX")


def main(extra: str) -> int:
    """Install an extra, and return the exit status."""
    os.chdir(CHECKOUT)
    try:
        with open(".venv.lock", "w") as lock:
            # A second make waits for the first, and for the commands that a killed one has left.
            fcntl.flock(lock, fcntl.LOCK_EX)
            os.set_inheritable(lock.fileno(), True)
            install(extra)
    except subprocess.CalledProcessError as error:
        print(f"error: {' '.join(map(str, error.cmd[:5]))} … failed", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: {error.filename or ENVIRONMENT}: {error.strerror}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130
    return 0


def install(extra: str) -> None:
    """Install an extra, unless it is installed."""
    creation = ascii((sys.version, sys.base_prefix, str(CHECKOUT)))
    digest = hashlib.sha256(b"".join(Path(file).read_bytes() for file in REQUIREMENTS)).hexdigest()
    installed = INSTALLED.read_text() if INSTALLED.exists() and PYTHON.exists() else ""
    if installed in (f"{creation} {extra} {digest}", f"{creation} dev {digest}"):
        return
    INSTALLED.unlink(missing_ok=True)
    if not installed.startswith(creation):
        step = "Creating the virtual environment .venv"
        run(step, sys.executable, "-m", "venv", "--clear", ENVIRONMENT, env=clean_environment())
        pip = (PYTHON, "-m", "pip", "install", "--quiet", "--no-compile", "-c", "constraints.txt")
        run("Installing uv", *pip, "uv", env=index_environment())
    name, requirements = EXTRAS[extra]
    uv = (UV, "pip", "install", "--quiet", "--python", ENVIRONMENT)
    run(f"Installing the {name}", *uv, *requirements, env=index_environment())
    INSTALLED.write_text(f"{creation} {extra} {digest}")


def run(step: str, *command: str | Path, env: dict[str, str]) -> None:
    """Print the name of a step, and run its command, which keeps the lock and must succeed."""
    print(f"{step} ...", file=sys.stderr)
    subprocess.run(command, env=env, check=True, close_fds=False)


def clean_environment() -> dict[str, str]:
    """Return this process's environment, without the variables that lead elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith(ELSEWHERE)}


def index_environment() -> dict[str, str]:
    """Return the environment in which pip and uv use the indexes that pip is configured for."""
    uv, pip = {}, {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    if not os.access(os.path.expanduser("~"), os.W_OK):
        uv["UV_CACHE_DIR"] = str(CHECKOUT / ".local" / "cache" / "uv")
    listed = subprocess.check_output([PYTHON, "-I", "-m", "pip", "config", "list"], text=True)
    settings = dict(line.partition("=")[::2] for line in listed.splitlines())
    for section in ("global", "install", ":env:"):  # The last one decides.
        for name, variable in SETTINGS.items():
            values = ast.literal_eval(settings.get(f"{section}.{name}", "''")).split()
            if values:
                pip["PIP_" + name.upper().replace("-", "_")] = uv[variable] = " ".join(values)
    if "UV_INDEX" in uv:  # As pip, which takes the best version of all indexes.
        uv["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return uv | clean_environment() | pip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
