"""Make everything in `img/` that shows a run, from runs on this machine: `make pictures`.

`img/request.svg` and `img/regions.svg`, the ways of a request and of a write, are drawn by hand.
"""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import requests
from rich.console import Console
from rich.terminal_theme import TerminalTheme

from atomic_counter.audit import Plan, audit
from atomic_counter.audit.plot import plot
from atomic_counter.local import CHECKOUT, LocalError
from atomic_counter.local.process import Served, serve
from atomic_counter.local.table import table_browser
from pictures import browser

IMAGES = CHECKOUT / "img"
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


def table(counter: Served) -> None:
    """The table's content, in a DynamoDB browser."""
    if not browser.is_there():
        raise LocalError(browser.HOW_TO_GET_IT)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with table_browser(counter.endpoint, port) as url:
        picture = f"--screenshot={IMAGES / 'table.png'}"
        browser.browse(f"{url}/tables/{counter.table}", "--window-size=1000,640", picture)


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
