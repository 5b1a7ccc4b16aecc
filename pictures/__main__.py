"""Make everything in `img/` that shows a run, from runs on this machine: `make pictures`.

`img/request.svg`, the way of a request, is drawn by hand.
"""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import requests
from rich.console import Console
from rich.terminal_theme import TerminalTheme

from atomic_counter.audit import Plan, audit
from atomic_counter.audit.plot import plot
from atomic_counter.local import CHECKOUT, LocalError, node
from atomic_counter.local.process import Served, serve

IMAGES = CHECKOUT / "img"
BROWSER = "dynamodb-admin@5.3.3"
START_SECONDS = 120
LIGHT = TerminalTheme(
    (255, 255, 255),
    (31, 35, 40),
    [
        *[(31, 35, 40), (207, 34, 46), (26, 127, 55), (154, 103, 0)],
        *[(9, 105, 218), (130, 80, 223), (27, 124, 131), (89, 99, 110)],
    ],
)
# Without the fonts that rich would fetch from elsewhere.
FORMAT = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"
width="{width}">
<style>
text {{ font-family: ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace;
font-size: {char_height}px }}
.{unique_id}-title {{ font-family: sans-serif; font-weight: bold }}
{styles}
</style>
<defs>{lines}</defs>
<rect fill="#ffffff" stroke="#d0d7de" width="{width}" height="{height}" rx="8"/>
<g transform="translate({terminal_x}, 24)">{backgrounds}<g>{matrix}</g></g>
</svg>
"""


def terminal(columns: int) -> Console:
    return Console(record=True, width=columns, file=open(os.devnull, "w", encoding="utf-8"))


def save(console: Console, name: str) -> None:
    console.save_svg(str(IMAGES / name), title="", theme=LIGHT, code_format=FORMAT)


def two_counters(counter: Served) -> None:
    """One call after another, of two keys, with their times."""
    console = terminal(72)
    for system_key in ("invoices", "tickets", "invoices", "invoices", "tickets"):
        said = subprocess.run(
            ["curl", "-s", "-w", " %{time_total}", f"{counter.url}?systemKey={system_key}"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        number, seconds = said.split()
        console.print(f"$ curl '…/prod/counter?systemKey={system_key}'", highlight=False)
        milliseconds = float(seconds) * 1000
        console.print(f"[bold]{number:<10}[/][white]{milliseconds:.1f} ms[/]", highlight=False)
    save(console, "two-counters.svg")


def two_loops(counter: Served) -> None:
    """Two loops on one key at once: the numbers interleave and never repeat."""
    answers: list[tuple[int, str]] = []

    def loop(number: int) -> None:
        with requests.Session() as session:
            for _ in range(8):
                answer = session.get(counter.url, params={"systemKey": "members"}, timeout=10)
                answers.append((number, answer.text))

    with ThreadPoolExecutor(2) as loops:
        list(loops.map(loop, (0, 1)))
    console = terminal(46)
    console.print(f"[bold]{'loop A':<23}{'loop B'}[/]", highlight=False)
    for number, text in answers:
        colour = ("blue", "magenta")[number]
        console.print(f"{' ' * 23 * number}[{colour}]members {text}[/]", highlight=False)
    save(console, "two-loops.svg")


def audited(counter: Served) -> None:
    report = asyncio.run(audit(Plan(counter.url, ["audit"], clients=8, requests=2000)))
    if report.repeats:
        raise LocalError(f"{report.repeats} numbers were repeated")
    plot(report, IMAGES / "audit.png")


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.ConnectionError:
        return False


@contextmanager
def table_browser(counter: Served, port: int) -> Iterator[str]:
    """dynamodb-admin, which shows the engine's tables as pages; gives its URL."""
    npx = node.executable().parents[1] / "lib/node_modules/npm/bin/npx-cli.js"
    browser = [str(node.executable()), str(npx), "--yes", BROWSER]
    process = subprocess.Popen(
        [
            *browser,
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--dynamo-endpoint",
            counter.endpoint,
        ],
        env=node.environment(),
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        give_up = time.monotonic() + START_SECONDS
        while not answers(url):
            if process.poll() is not None or time.monotonic() > give_up:
                raise LocalError(f"{BROWSER} did not start")
            time.sleep(0.1)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def table(counter: Served) -> None:
    """The table's content, in a DynamoDB browser."""
    chromium = shutil.which("chromium")
    if not chromium:
        raise LocalError("chromium is not there; on Debian: apt-get install chromium")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with table_browser(counter, port) as url, tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                chromium,
                *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
                *("--disable-background-networking", "--disable-component-update"),
                *("--disable-sync", "--disable-quic", f"--user-data-dir={profile}"),
                *("--window-size=1000,640", "--virtual-time-budget=5000"),
                f"--screenshot={IMAGES / 'table.png'}",
                f"{url}/tables/{counter.table}",
            ],
            check=True,
            stderr=subprocess.DEVNULL,
        )


def main() -> int:
    try:
        with tempfile.TemporaryDirectory() as data, serve("--data", data) as counter:
            two_counters(counter)
            two_loops(counter)
            audited(counter)
            table(counter)
    except LocalError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
