"""Numbers a second of one process, by block size, and of other sources."""

import itertools
import os
import statistics
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from atomic_counter.client import CounterClient
from atomic_counter.commands.cost import MILLION, monthly_cost
from atomic_counter.tooling.gateway_process import run_gateway
from bench.peers import Peers, postgresql_numbers, redis_numbers

BLOCKS = (1, 10, 100, 1000)
CONDITIONS = {
    "at 0 ms": [],
    "at 15 ms": ["--latency", "15"],
    "at 15 ms, 1,000 writes a second": ["--latency", "15", "--write-limit", "1000"],
}
# A template that costs only its requests and writes.
BARE: dict[str, Any] = {"Resources": {}}
ROUNDS = 3
SECONDS = 2
LATENCIES = 1_000_000


@dataclass
class Found:
    """Numbers a second by source and condition, and the latency of `next` in microseconds."""

    blocks: dict[tuple[int, str], float]
    peers: dict[str, float]
    median: float
    p99: float


def measure(folder: Path, template: Path) -> Found:
    """Measure all sources in turns, with the same processes."""
    with ExitStack() as cleanup:
        clients: dict[str, CounterClient] = {}
        peers: Peers = {}
        for condition, options in CONDITIONS.items():
            data = folder / condition
            served = cleanup.enter_context(
                run_gateway("--template", template, "--data", data, *options)
            )
            clients[condition] = cleanup.enter_context(CounterClient(served.url))
        for numbers_of in (redis_numbers, postgresql_numbers):
            home = folder / numbers_of.__name__
            home.mkdir()
            peers |= cleanup.enter_context(numbers_of(home))
        blocks = {
            (block, condition): client.counter("bench", block=block)
            for block in BLOCKS
            for condition, client in clients.items()
        }
        rounds = [
            {source: rate(numbers) for source, numbers in [*blocks.items(), *peers.items()]}
            for _ in range(ROUNDS)
        ]
        rates = {source: statistics.median(r[source] for r in rounds) for source in rounds[0]}
        median, p99 = latency(blocks[1000, "at 15 ms"])
    return Found(
        {source: rates[source] for source in blocks},
        {source: rates[source] for source in peers},
        median,
        p99,
    )


def rate(numbers: Iterator[int]) -> float:
    """Return numbers a second, after a warm-up of half that time."""
    _take(numbers, SECONDS / 2)
    return _take(numbers, SECONDS)


def _take(numbers: Iterator[int], seconds: float) -> float:
    """Return numbers a second, and read the clock about every hundredth of one."""
    taken, chunk, started = 0, 1, time.perf_counter()
    while (elapsed := time.perf_counter() - started) < seconds:
        deque(itertools.islice(numbers, chunk), maxlen=0)
        taken += chunk
        chunk = max(1, int(taken / (time.perf_counter() - started) / 100))
    return taken / elapsed


def latency(numbers: Iterator[int]) -> tuple[float, float]:
    """Return the median and 99th percentile of `next`, in microseconds."""
    nanoseconds, clock = [], time.perf_counter_ns
    for _ in range(LATENCIES):
        started = clock()
        next(numbers)
        nanoseconds.append(clock() - started)
    percentiles = statistics.quantiles(nanoseconds, n=100)
    return percentiles[49] / 1000, percentiles[98] / 1000


def tables(found: Found) -> list[Table]:
    """Return the tables of figures."""
    title = f"Numbers a second of one process; {os.cpu_count()} cores; medians of {ROUNDS} rounds"
    by_block = Table(title=title)
    for column in ("numbers a block", *CONDITIONS, "USD a million numbers"):
        by_block.add_column(column, justify="right")
    for block in BLOCKS:
        rates = [f"{found.blocks[block, condition]:,.0f}" for condition in CONDITIONS]
        usd = sum(monthly_cost([BARE], MILLION, block).values())
        by_block.add_row(f"{block:,}", *rates, f"{usd:.4f}")
    by_block.caption = (
        f"next() with blocks of 1,000 at 15 ms: median {found.median:.2f} µs,"
        f" 99th percentile {found.p99:.2f} µs"
    )
    by_peer = Table("source, at 0 ms", title="Other sources")
    by_peer.add_column("numbers a second", justify="right")
    for name, peer_rate in found.peers.items():
        by_peer.add_row(name, f"{peer_rate:,.0f}")
    return [by_block, by_peer] if found.peers else [by_block]
