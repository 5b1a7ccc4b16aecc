"""Documents a second of one key, one by one and in lists, as one client assigns them."""

import itertools
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import requests
from rich.table import Table

from atomic_counter.commands.audit.result import latency_percentiles
from atomic_counter.tooling.gateway_process import run_gateway
from bench.documents import CONDITIONS, SECONDS

SIZES = (1, 99)
TIMEOUT = 30

Assign = Callable[[list[str], int], None]


@dataclass
class Measured:
    """The requests of one client in `SECONDS`, each for `size` documents."""

    size: int
    condition: str
    seconds: list[float]

    @property
    def documents(self) -> int:
        """Documents a second."""
        return round(len(self.seconds) * self.size / SECONDS)


def measure(folder: Path, template: Path) -> list[Measured]:
    """Measure each size at each latency. The sizes take turns on the same gateway."""
    found = []
    for condition, options in CONDITIONS.items():
        data = folder / f"lists {condition}"
        with run_gateway("--template", template, "--data", data, *options) as served:
            found += [_measure(served.url, size, condition) for size in SIZES]
    return found


def _measure(url: str, size: int, condition: str) -> Measured:
    seconds: list[float] = []
    with requests.Session() as session:
        assign = _assign_one(session, url) if size == 1 else _assign_list(session, url)
        end = time.perf_counter() + SECONDS
        for last in itertools.count(step=size):
            started = time.perf_counter()
            if started > end:
                break
            assign([f"document {last + index}" for index in range(size)], last)
            seconds.append(time.perf_counter() - started)
    return Measured(size, condition, seconds)


def _assign_one(session: requests.Session, url: str) -> Assign:
    key = str(uuid4())

    def assign(documents: list[str], after: int) -> None:
        [document] = documents
        parameters = {"systemKey": key, "documentKey": document, "after": str(after)}
        _check(session.post(url, params=parameters, timeout=TIMEOUT), after + 1)

    return assign


def _assign_list(session: requests.Session, url: str) -> Assign:
    key = str(uuid4())

    def assign(documents: list[str], after: int) -> None:
        parameters = {"systemKey": key, "after": str(after)}
        response = session.post(
            f"{url}/documents", params=parameters, json=documents, timeout=TIMEOUT
        )
        _check(response, list(range(after + 1, after + 1 + len(documents))))

    return assign


def _check(response: requests.Response, expected: int | list[int]) -> None:
    response.raise_for_status()
    if response.json() != expected:
        raise AssertionError(f"the numbers must be {expected}, got {response.text}")


def table(found: list[Measured]) -> Table:
    """Return the table of figures."""
    title = f"Documents of one key and one client, {SECONDS} seconds each; {os.cpu_count()} cores"
    result = Table(title=title)
    for column in ("latency", "documents a request", "documents a second", "median", "99 %"):
        result.add_column(column, justify="right")
    for each in found:
        latency = latency_percentiles(each.seconds)
        result.add_row(
            each.condition,
            str(each.size),
            f"{each.documents:,}",
            f"{latency['median'] * 1000:.0f} ms",
            f"{latency['99th percentile'] * 1000:,.0f} ms",
        )
    return result
