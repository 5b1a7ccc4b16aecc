"""The command `atomic-counter table`: the served table in a browser."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click
import requests

from atomic_counter.local.dynamodb import EngineError, running_endpoint
from atomic_counter.tooling import node
from atomic_counter.tooling.errors import CommandError
from atomic_counter.tooling.parameters import data_option, whole_number
from atomic_counter.tooling.paths import CHECKOUT
from atomic_counter.tooling.waiting import wait_until

BROWSER = CHECKOUT / "node_modules" / "dynamodb-admin" / "dist" / "dynamodb-admin.js"
START_SECONDS = 30


@contextmanager
def run_table_browser(endpoint: str, port: int) -> Iterator[str]:
    """Run dynamodb-admin, which shows an engine's tables as pages, until the end of the block."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        raise CommandError(
            f"can't listen on port {port}: {os.strerror(error.errno or 0)};"
            " choose another port with --port"
        ) from None
    node.install_packages(development=True)
    words = ["--host", "127.0.0.1", "--port", str(port), "--dynamo-endpoint", endpoint]
    process = subprocess.Popen(
        [node.executable(), BROWSER, *words],
        env=node.environment(),
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C must reach only this process.
    )
    url = f"http://127.0.0.1:{port}"
    failure = "dynamodb-admin didn't start"
    try:
        # A browser that has ended doesn't respond, and there is nothing to wait for.
        wait_until(lambda: process.poll() is not None or _responds(url), START_SECONDS, failure)
        if process.poll() is not None:
            raise CommandError(failure)
        yield url
    finally:
        process.terminate()
        process.wait()


def _responds(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False


@click.command
@click.option(
    "--port", type=whole_number(1, 65535, "PORT"), default=8001, help="The port. Default: 8001."
)
@data_option
def table(port: int, data: Path) -> None:
    """Show the table of the served counter in a browser.

    Ctrl-C or SIGTERM stops it.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        endpoint = running_endpoint(data)
    except EngineError as error:
        raise CommandError(str(error)) from None
    with suppress(KeyboardInterrupt), run_table_browser(endpoint, port) as url:
        print(f"The tables: {url}\nPress Ctrl-C to stop.", flush=True)
        signal.pause()
