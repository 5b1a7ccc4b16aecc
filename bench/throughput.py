"""How fast is the gateway beside its engine? wrk asks both in turns, over the same engine."""

import json
import os
import re
import statistics
import subprocess
from pathlib import Path
from typing import NamedTuple

from rich.table import Table
from yarl import URL

from atomic_counter.local import LocalError
from atomic_counter.local.dynamodb import ANYBODY, Signer
from atomic_counter.local.gateway import Input, Util
from atomic_counter.local.process import Served, serve
from atomic_counter.local.template import load

CONNECTIONS = (1, 16, 64)
ROUNDS = 5
SECONDS = 3
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class Figures(NamedTuple):
    """Requests a second; median and 99th percentile in milliseconds."""

    rate: float
    median: float
    p99: float


def wrk(url: str, connections: int, *arguments: str) -> Figures:
    said = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", *arguments, url],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if "Non-2xx" in said:
        raise LocalError(f"not every request was answered with a number: {said}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    percentiles = {
        percent: float(value) * UNITS[unit]
        for percent, value, unit in re.findall(r"(\d+)%\s+([\d.]+)(us|ms|s)", said)
    }
    assert rate
    return Figures(float(rate[1]), percentiles["50"], percentiles["99"])


def median(rounds: list[Figures]) -> Figures:
    return Figures(*map(statistics.median, zip(*rounds, strict=True)))


def raw_request(template: Path, counter: Served) -> str:
    """A wrk script that sends the engine what the gateway would."""
    api = load(template).api
    route = api.routes[URL(counter.url).path, "POST"]
    given = Input("", {"systemKey": "raw"})
    body = route.request_template.render({"input": given, "util": Util, "context": {}})
    signer = Signer(URL(counter.endpoint), "us-east-1", ANYBODY)
    headers = signer.headers(f"DynamoDB_20120810.{route.action}", body.encode())
    lines = ['wrk.method = "POST"', f"wrk.body = {json.dumps(body)}"]
    lines += [f"wrk.headers[{json.dumps(n)}] = {json.dumps(v)}" for n, v in headers.items()]
    return "\n".join(lines)


def measure(folder: Path, template: Path) -> dict[int, tuple[Figures, Figures]]:
    """For each number of connections: the engine asked directly, and through the gateway."""
    found = {}
    with serve("--template", template, "--data", folder / "data") as counter:
        script = folder / "raw.lua"
        script.write_text(raw_request(template, counter))
        for connections in CONNECTIONS:
            engine, gateway = [], []
            for _ in range(ROUNDS):
                engine.append(wrk(counter.endpoint, connections, "-s", str(script)))
                gateway.append(wrk(f"{counter.url}?systemKey=gateway", connections))
            found[connections] = median(engine), median(gateway)
    return found


def table(found: dict[int, tuple[Figures, Figures]]) -> Table:
    result = Table(title=f"{os.cpu_count()} cores; medians of {ROUNDS} rounds of {SECONDS} s each")
    for column in ("connections", "asked", "requests/s", "median", "99th percentile"):
        result.add_column(column, justify="left" if column == "asked" else "right")
    for connections, (engine, gateway) in found.items():
        for name, figures in (("engine", engine), ("gateway", gateway)):
            rate, middle, p99 = figures
            result.add_row(
                *(str(connections), name, f"{rate:,.0f}", f"{middle:.2f} ms", f"{p99:.2f} ms")
            )
        ratios = [over / under for over, under in zip(gateway, engine, strict=True)]
        result.add_row("", "ratio", *(f"{ratio:.2f}" for ratio in ratios), end_section=True)
    return result
