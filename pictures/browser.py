"""Debian's browser, without a window."""

import shutil
import subprocess
import tempfile

PROGRAM = "chromium"
HOW_TO_GET_IT = f"{PROGRAM} is not there; on Debian: apt-get install {PROGRAM}"


def is_there() -> bool:
    return shutil.which(PROGRAM) is not None


def browse(url: str, *options: str) -> str:
    """Open a page, wait until it is at rest, and return what the browser prints.

    Args:
        url: The page's.
        options: What is done with it, such as `--dump-dom`, which prints it.
    """
    with tempfile.TemporaryDirectory() as profile:
        return subprocess.run(
            [
                PROGRAM,
                *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
                *("--disable-background-networking", "--disable-component-update"),
                *("--disable-sync", "--disable-quic", f"--user-data-dir={profile}"),
                *("--virtual-time-budget=10000", *options, url),
            ],
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ).stdout
