"""Documents a second of one key, by the number of clients that assign their own documents."""

import itertools
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from rich.table import Table

from atomic_counter.client import CounterClient
from atomic_counter.commands.audit.result import latency_percentiles
from atomic_counter.tooling.gateway_process import run_gateway
from atomic_counter.tooling.request_counter import RequestCounter

CLIENTS = (1, 4, 16)
CONDITIONS: dict[str, list[str]] = {"0 ms": [], "15 ms": ["--latency", "15"]}
SECONDS = 10


@dataclass
class Measured:
    """The assignments of some clients in `SECONDS`."""

    clients: int
    condition: str
    seconds: list[float]
    requests: int


def measure(folder: Path, template: Path) -> list[Measured]:
    """Measure each number of clients at each latency."""
    found = []
    for condition, options in CONDITIONS.items():
        data = folder / f"documents {condition}"
        with run_gateway("--template", template, "--data", data, *options) as served:
            found += [_measure(served.url, clients, condition) for clients in CLIENTS]
    return found


def _measure(url: str, clients: int, condition: str) -> Measured:
    key, requests = str(uuid4()), RequestCounter()

    def assign(index: int) -> list[float]:
        seconds: list[float] = []
        with CounterClient(url, auth=requests) as client:
            for number in itertools.count():
                started = time.perf_counter()
                if started > end:
                    return seconds
                client.assign(key, f"document {index} {number}")
                seconds.append(time.perf_counter() - started)
        return seconds

    end = time.perf_counter() + SECONDS
    with ThreadPoolExecutor(clients) as threads:
        seconds = list(itertools.chain(*threads.map(assign, range(clients))))
    return Measured(clients, condition, seconds, requests.by_host.total())


def table(found: list[Measured]) -> Table:
    """Return the table of figures."""
    title = f"Documents of one key, {SECONDS} seconds each; {os.cpu_count()} cores"
    result = Table(title=title)
    columns = ("clients", "latency", "documents a second", "requests a document", "median", "99 %")
    for column in columns:
        result.add_column(column, justify="right")
    for each in found:
        count, latency = len(each.seconds), latency_percentiles(each.seconds)
        result.add_row(
            str(each.clients),
            each.condition,
            f"{count / SECONDS:,.0f}",
            f"{each.requests / count:.2f}",
            f"{latency['median'] * 1000:.0f} ms",
            f"{latency['99th percentile'] * 1000:,.0f} ms",
        )
    return result
