"""The folders of a command, and its proxy settings."""

import os
from collections.abc import Mapping
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
"""The folder of `app.py` and `package.json`."""

LOCAL_STATE = CHECKOUT / ".local"
"""The folder inside the checkout for everything that a command stores by default."""

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def python_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return an environment in which Python ends when its program does."""
    return {name: value for name, value in environment.items() if name != "PYTHONINSPECT"}


def exempt_loopback_from_proxies() -> None:
    """Let this process and its children connect to this machine without `HTTP_PROXY`."""
    for name in ("NO_PROXY", "no_proxy"):
        hosts = [host for host in os.environ.get(name, "").split(",") if host]
        if "*" not in hosts:
            os.environ[name] = ",".join(dict.fromkeys([*hosts, *LOOPBACK]))
