"""Make the pictures of `img/` from runs on this machine: `make pictures`.

`img/request.svg`, `img/retry.svg` and `img/regions.svg` are drawn by hand.
"""

import os
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import requests
from rich.console import Console
from rich.terminal_theme import TerminalTheme

from atomic_counter.command_line import run_command
from atomic_counter.commands.table import run_table_browser
from atomic_counter.tooling.errors import CommandError
from atomic_counter.tooling.gateway_process import GatewayProcess, run_gateway
from atomic_counter.tooling.paths import CHECKOUT, exempt_loopback_from_proxies
from pictures import browser

IMAGES = CHECKOUT / "img"
IDEMPOTENCY_KEY = "1b4e28ba-2fa1-4d2e-883f-0016d3cca427"
LIGHT = TerminalTheme(
    (255, 255, 255),
    (31, 35, 40),
    [
        *[(31, 35, 40), (207, 34, 46), (26, 127, 55), (154, 103, 0)],
        *[(9, 105, 218), (130, 80, 223), (27, 124, 131), (89, 99, 110)],
    ],
)
# Without the fonts that rich would download.
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
    """Return a terminal that records its output."""
    return Console(record=True, width=columns, file=open(os.devnull, "w", encoding="utf-8"))


def save(console: Console, name: str) -> None:
    """Write the picture of a terminal."""
    console.save_svg(str(IMAGES / name), title="", theme=LIGHT, code_format=FORMAT)


def two_counters(counter: GatewayProcess) -> None:
    """Draw calls of two keys, one after another, with their times."""
    console = terminal(72)
    for system_key in ("invoices", "tickets", "invoices", "invoices", "tickets"):
        output = subprocess.run(
            ["curl", "-s", "-w", " %{time_total}", f"{counter.url}?systemKey={system_key}"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        number, seconds = output.split()
        console.print(f"$ curl '…/prod/counter?systemKey={system_key}'", highlight=False)
        milliseconds = float(seconds) * 1000
        console.print(f"[bold]{number:<10}[/][white]{milliseconds:.1f} ms[/]", highlight=False)
    save(console, "two-counters.svg")


def two_loops(counter: GatewayProcess) -> None:
    """Draw two concurrent loops on one key, whose numbers interleave and never repeat."""
    responses: list[tuple[int, str]] = []

    def loop(number: int) -> None:
        with requests.Session() as session:
            for _ in range(8):
                response = session.get(counter.url, params={"systemKey": "members"}, timeout=10)
                responses.append((number, response.text))

    with ThreadPoolExecutor(2) as loops:
        list(loops.map(loop, (0, 1)))
    console = terminal(46)
    console.print(f"[bold]{'loop A':<23}{'loop B'}[/]", highlight=False)
    for number, text in responses:
        color = ("blue", "magenta")[number]
        console.print(f"{' ' * 23 * number}[{color}]members {text}[/]", highlight=False)
    save(console, "two-loops.svg")


def audit() -> None:
    """Draw the run of `make audit` that this prints, whose figures README quotes."""
    if run_command(["audit", "--serve", "--plot", str(IMAGES / "audit.png")]):
        raise CommandError("the audit failed")


def table(counter: GatewayProcess) -> None:
    """Draw the table's content in a DynamoDB browser, after a request and its retry."""
    if not browser.is_installed():
        raise CommandError(browser.NOT_INSTALLED)
    for _ in range(2):
        unique = {"systemKey": "invoices", "idempotencyKey": IDEMPOTENCY_KEY}
        requests.post(counter.url, params=unique, timeout=10).raise_for_status()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with run_table_browser(counter.endpoint, port) as url:
        picture = f"--screenshot={IMAGES / 'table.png'}"
        browser.browse(f"{url}/tables/{counter.table}", "--window-size=1000,570", picture)


def main() -> int:
    """Make the pictures, and return the exit status."""
    exempt_loopback_from_proxies()
    try:
        with tempfile.TemporaryDirectory() as data, run_gateway("--data", data) as counter:
            two_counters(counter)
            two_loops(counter)
            table(counter)
            audit()
    except CommandError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
