"""Debian's Chromium, without a window."""

import shutil
import subprocess
import tempfile

PROGRAM = "chromium"
NOT_INSTALLED = f"{PROGRAM} isn't installed; on Debian: apt-get install {PROGRAM}"


def is_installed() -> bool:
    """Return whether Chromium is installed."""
    return shutil.which(PROGRAM) is not None


def browse(url: str, *options: str) -> str:
    """Open a page, wait until it's idle, and return the browser's output.

    Args:
        url: The page's URL.
        options: Options of Chromium, such as `--dump-dom`, which prints the page.
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
