"""Look at the table that `make serve` counts in: `python -m atomic_counter.local.table`."""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import requests

from atomic_counter.local import LocalError, node
from atomic_counter.local.arguments import KEPT
from atomic_counter.local.dynamodb import endpoint_of

BROWSER = "dynamodb-admin@5.3.3"
START_SECONDS = 120


@contextmanager
def table_browser(endpoint: str, port: int) -> Iterator[str]:
    """Run dynamodb-admin, which shows an engine's tables as pages, until the end of the block.

    Args:
        endpoint: The engine's.
        port: Where the pages are served, on the loopback.

    Yields:
        Their URL.

    Raises:
        LocalError: It did not start.
    """
    words = ["--host", "127.0.0.1", "--port", str(port), "--dynamo-endpoint", endpoint]
    process = subprocess.Popen(
        [*node.npx(), "--yes", BROWSER, *words],
        env=node.environment(),
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        give_up = time.monotonic() + START_SECONDS
        while not _answers(url):
            if process.poll() is not None or time.monotonic() > give_up:
                raise LocalError(f"{BROWSER} did not start")
            time.sleep(0.1)
        yield url
    finally:
        # npx has started others, which end with its session.
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.ConnectionError:
        return False


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command until it is stopped; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m atomic_counter.local.table", description=__doc__
    )
    parser.add_argument("--port", type=int, default=8001, help="default: 8001")
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        default=KEPT / "data",
        help="that of the counter which is served (default: .local/data in the checkout)",
    )
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        endpoint = endpoint_of(options.data)
        with suppress(KeyboardInterrupt), table_browser(endpoint, options.port) as url:
            print(f"The tables: {url}\nPress Ctrl-C to stop.", flush=True)
            signal.pause()
    except LocalError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
