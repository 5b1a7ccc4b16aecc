"""The throughput of the gateway and of its engine, which wrk measures in turns."""

import json
import os
import re
import statistics
import subprocess
from pathlib import Path
from typing import NamedTuple

from rich.table import Table
from yarl import URL

from atomic_counter.local.cloudformation import JSON_TYPE, load_template
from atomic_counter.local.dynamodb import unverified_headers
from atomic_counter.local.velocity import Input, Util
from atomic_counter.tooling.errors import CommandError
from atomic_counter.tooling.gateway_process import GatewayProcess, run_gateway

CONNECTIONS = (1, 16, 64)
ROUNDS = 5
SECONDS = 3
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class Figures(NamedTuple):
    """Requests a second, and the median and 99th percentile in milliseconds."""

    rate: float
    median: float
    p99: float


def wrk(url: str, connections: int, *arguments: str) -> Figures:
    """Run wrk for some seconds."""
    output = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", *arguments, url],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if "Non-2xx" in output:
        raise CommandError(f"not every response has a number: {output}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    percentiles = {
        percent: float(value) * UNITS[unit]
        for percent, value, unit in re.findall(r"(\d+)%\s+([\d.]+)(us|ms|s)", output)
    }
    assert rate
    return Figures(float(rate[1]), percentiles["50"], percentiles["99"])


def median(rounds: list[Figures]) -> Figures:
    """Return the median of each figure."""
    return Figures(*map(statistics.median, zip(*rounds, strict=True)))


# Every request has an idempotency key of its own, in the next slot.
IDS = """
local n = 0
local function id()
  n = n + 1
  return string.format("00000000-0000-4000-8000-%012x", n)
end
"""
AN_ID = "00000000-0000-4000-8000-000000000000"


def with_ids(counter: GatewayProcess) -> str:
    """Return a wrk script that sends idempotency keys to the gateway."""
    path = f"{URL(counter.url).path}?systemKey=gateway&idempotencyKey="
    return IDS + f"request = function() return wrk.format(nil, {json.dumps(path)} .. id()) end"


def raw_request(template: Path, counter: GatewayProcess, querystring: dict[str, str]) -> str:
    """Return a wrk script that sends the gateway's request to the engine."""
    api = load_template(template).api
    route = api.routes[URL(counter.url).path, "POST"]
    given = Input("", {"systemKey": "raw", **querystring})
    body = route.request_templates[JSON_TYPE].render({"input": given, "util": Util, "context": {}})
    headers = unverified_headers(URL(counter.endpoint))(
        f"DynamoDB_20120810.{route.action}", body.encode()
    )
    lines = ['wrk.method = "POST"', f"wrk.body = {json.dumps(body)}"]
    lines += [f"wrk.headers[{json.dumps(n)}] = {json.dumps(v)}" for n, v in headers.items()]
    if querystring:
        numbered = "wrk.format(nil, nil, nil, (wrk.body:gsub(before, id())))"
        lines += [IDS, f'local before = ("{AN_ID}"):gsub("-", "%%-")']
        lines += [f"request = function() return {numbered} end"]
    return "\n".join(lines)


Found = dict[tuple[int, str], tuple[Figures, Figures]]


def measure(folder: Path, template: Path) -> Found:
    """Measure the engine and the gateway, by connections and kind of request."""
    found: Found = {}
    with run_gateway("--template", template, "--data", folder / "data") as counter:
        scripts = {
            "raw": raw_request(template, counter, {}),
            "raw-ids": raw_request(template, counter, {"idempotencyKey": AN_ID}),
            "ids": with_ids(counter),
        }
        for name, text in scripts.items():
            (folder / f"{name}.lua").write_text(text)
        url = f"{counter.url}?systemKey=gateway"
        raw, raw_ids, ids = (("-s", str(folder / f"{name}.lua")) for name in scripts)
        for connections in CONNECTIONS:
            plain, remembered = [], []
            for _ in range(ROUNDS):
                engine = wrk(counter.endpoint, connections, *raw)
                plain.append((engine, wrk(url, connections)))
                engine = wrk(counter.endpoint, connections, *raw_ids)
                remembered.append((engine, wrk(url, connections, *ids)))
            found[connections, "without"] = median_of_each(plain)
            found[connections, "with"] = median_of_each(remembered)
    return found


def median_of_each(rounds: list[tuple[Figures, Figures]]) -> tuple[Figures, Figures]:
    """Return the medians of the engine and of the gateway."""
    engine, gateway = zip(*rounds, strict=True)
    return median(list(engine)), median(list(gateway))


def table(found: Found) -> Table:
    """Return the table of figures."""
    result = Table(title=f"{os.cpu_count()} cores; medians of {ROUNDS} rounds of {SECONDS} s each")
    for column in (
        "connections",
        "idempotencyKey",
        "target",
        "requests/s",
        "median",
        "99th percentile",
    ):
        result.add_column(column, justify="left" if column == "target" else "right")
    for (connections, kind), (engine, gateway) in found.items():
        for name, figures in (("engine", engine), ("gateway", gateway)):
            rate, middle, p99 = figures
            result.add_row(
                *(str(connections), kind, name, f"{rate:,.0f}", f"{middle:.2f} ms", f"{p99:.2f} ms")
            )
        ratios = [over / under for over, under in zip(gateway, engine, strict=True)]
        result.add_row("", "", "ratio", *(f"{ratio:.2f}" for ratio in ratios), end_section=True)
    return result
