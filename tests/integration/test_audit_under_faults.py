"""Faults cause no duplicates, and afterwards the service responds again."""

import asyncio
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
import requests

from atomic_counter.commands.audit import AuditPlan, AuditResult, Sample, run_audit
from tests.integration.fake_dynamodb import fake_dynamodb
from tests.served_counter import ServedCounter, serve

STATUSES = {200, 429, 500, 503, 504}
PATIENCE_SECONDS = 120


def audit_while(
    counter: ServedCounter,
    cause_fault: Callable[[], object],
    on_sample: Callable[[Sample], None] = lambda _: None,
) -> AuditResult:
    """Audit one key from 8 clients while `cause_fault` runs, and once after it has returned.

    Each audit ends after a number of requests, so it has samples however slow the machine is.
    """

    async def both() -> AuditResult:
        breaking = asyncio.create_task(asyncio.to_thread(cause_fault))
        plan = AuditPlan(counter.url, ["a"], clients=8, requests=100)
        reports = []
        is_over = False
        while not is_over:
            is_over = breaking.done()
            reports.append(await run_audit(plan, on_sample))
        await breaking
        samples = [sample for report in reports for sample in report.samples]
        return AuditResult.of(samples, sum(report.seconds for report in reports))

    return asyncio.run(both())


def engine_of(counter: ServedCounter) -> psutil.Process:
    """Return the engine's process as soon as it exists."""
    assert counter.process
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        for child in psutil.Process(counter.process.pid).children():
            if child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
                return child
        time.sleep(0.01)
    raise AssertionError("there is no engine")


def wait_until(holds: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def wait_for_number(counter: ServedCounter, at_least: int = 1) -> int:
    """Return the next number as soon as it is at least `at_least`."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        response = counter.get("a")
        if response.status_code == 200 and int(response.text) >= at_least:
            return int(response.text)
        time.sleep(0.02)
    raise AssertionError("the counter does not response")


def test_no_duplicates_while_the_engine_is_killed(template: Path, tmp_path: Path) -> None:
    with serve(template, "--data", tmp_path) as counter:
        failed: list[Sample] = []

        def note_failure(sample: Sample) -> None:
            if sample.status == 504:
                failed.append(sample)

        def kill_at_least_three_times() -> None:
            kills = 0
            while kills < 3 or not failed:
                wait_for_number(counter)
                engine_of(counter).kill()
                kills += 1
            wait_for_number(counter)

        report = audit_while(counter, kill_at_least_three_times, note_failure)
        after = wait_for_number(counter)
    assert report.duplicates == 0
    assert set(report.errors) <= STATUSES
    assert report.errors[504] > 0
    assert after > max(sample.last or 0 for sample in report.samples)


def test_no_duplicates_while_the_gateway_is_killed_and_restarted(
    template: Path, tmp_path: Path
) -> None:
    def kill_at(counter: ServedCounter, number: int) -> None:
        wait_for_number(counter, at_least=number)
        counter.stop(signal.SIGKILL)

    samples: list[Sample] = []
    for number in (100, 200):
        with serve(template, "--data", tmp_path) as counter:
            samples += audit_while(counter, partial(kill_at, counter, number)).samples
    report = AuditResult.of(samples, 1)
    assert (report.duplicates, set(report.errors)) == (0, {None})
    assert report.numbers > 0


def test_no_duplicates_while_clients_disconnect_early(template: Path, tmp_path: Path) -> None:
    def give_up_often(counter: ServedCounter) -> None:
        url = urlsplit(counter.url)
        for _ in range(50):
            with socket.create_connection((url.hostname, url.port)) as client:
                client.sendall(f"GET {url.path}?systemKey=a HTTP/1.1\r\nHost: a\r\n\r\n".encode())

    with serve(template, "--data", tmp_path, "--latency", "5") as counter:
        report = audit_while(counter, lambda: give_up_often(counter))
        reached = counter.table.get_item(Key={"systemKey": "a"})["Item"]["counterValue"]
    assert (report.duplicates, report.errors) == (0, {})
    assert max(sample.last or 0 for sample in report.samples) <= reached


@pytest.mark.parametrize(
    ("status", "delay_seconds"), [(200, 0.1), (500, 0), (None, 0)], ids=["slow", "500", "dropped"]
)
def test_no_duplicates_while_the_engine_writes_and_responds_badly(
    template: Path, status: int | None, delay_seconds: float
) -> None:
    numbers = iter(range(1, 10**6))
    lock = threading.Lock()

    def write() -> dict[str, object]:
        with lock:
            return {"Attributes": {"counterValue": {"N": str(next(numbers))}}}

    with fake_dynamodb() as engine:
        engine.body = write
        with serve(template, "--dynamodb-endpoint", engine.endpoint) as counter:

            def break_for_a_while() -> None:
                first = wait_for_number(counter, at_least=50)
                engine.status, engine.delay_seconds = status, delay_seconds
                wait_until(lambda: len(engine.targets) > first + 50)
                engine.status, engine.delay_seconds = 200, 0
                wait_for_number(counter)

            report = audit_while(counter, break_for_a_while)
    assert report.duplicates == 0
    assert set(report.errors) <= STATUSES
    assert bool({500, 504} & report.errors.keys()) == (status != 200)


def test_response_without_engine_takes_less_than_2_seconds(template: Path) -> None:
    with ExitStack() as cleanup:
        with fake_dynamodb() as engine:
            serving = serve(template, "--dynamodb-endpoint", engine.endpoint)
            counter = cleanup.enter_context(serving)
        response = requests.post(counter.url, params={"systemKey": "a"}, timeout=2)
    assert response.status_code == 504
