"""Numbers and documents a second over HTTP and by DynamoDB's API, one by one by one client.

There is no latency, as only the gateway simulates one.
"""

import os
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import boto3
from rich.table import Table

from atomic_counter.client import CounterClient, TableClient
from atomic_counter.commands.audit.result import latency_percentiles
from atomic_counter.tooling.gateway_process import run_gateway

ROUNDS, ROUND_SECONDS = 5, 2
CREDENTIALS = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}

Seconds = dict[tuple[str, str], list[list[float]]]


def measure(folder: Path, template: Path, with_documents: Path) -> Seconds:
    """Return the seconds of each call, by what it requests, transport and round."""
    found: Seconds = defaultdict(list)
    for kind, path in (("numbers", template), ("documents", with_documents)):
        data = folder / f"transports {kind}"
        with run_gateway("--template", path, "--data", data) as served:
            (stack,) = served.stacks
            session = boto3.Session(region_name="us-east-1", **CREDENTIALS)
            table = TableClient(stack.table, session=session, endpoint_url=served.endpoint)
            with CounterClient(stack.url) as http, table:
                for _ in range(ROUNDS):
                    found[kind, "HTTP"].append(_measure(_call(kind, http)))
                    found[kind, "DynamoDB's API"].append(_measure(_call(kind, table)))
    return found


def _call(kind: str, client: CounterClient | TableClient) -> Callable[[], object]:
    key = str(uuid4())
    if kind == "numbers":
        return lambda: client.next(key)
    return lambda: client.assign(key, str(uuid4()))


def _measure(call: Callable[[], object]) -> list[float]:
    seconds: list[float] = []
    end = time.perf_counter() + ROUND_SECONDS
    while (started := time.perf_counter()) < end:
        call()
        seconds.append(time.perf_counter() - started)
    return seconds


def table(found: Seconds) -> Table:
    """Return the table of figures."""
    title = f"One client, one by one, at 0 ms; {os.cpu_count()} cores; medians of {ROUNDS} rounds"
    result = Table(title=title)
    for column in ("what", "transport", "a second", "median", "99 %"):
        result.add_column(column, justify="right")
    for (kind, transport), rounds in found.items():
        rate = statistics.median(len(seconds) / ROUND_SECONDS for seconds in rounds)
        latency = latency_percentiles([each for seconds in rounds for each in seconds])
        result.add_row(
            kind,
            transport,
            f"{rate:,.0f}",
            f"{latency['median'] * 1000:.1f} ms",
            f"{latency['99th percentile'] * 1000:.1f} ms",
        )
    return result
