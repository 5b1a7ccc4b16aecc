"""One in ten responses of DynamoDB is lost after the write, and retries skip no number."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from atomic_counter.client import CounterClient
from atomic_counter.commands.audit import AuditPlan, run_audit
from tests.served_counter import ServedCounter, serve

REQUESTS = 2000
CLIENTS = 16
LOSE_ONE_IN = 10


@pytest.fixture(scope="module")
def losing(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedCounter]:
    data = tmp_path_factory.mktemp("data")
    with serve(template, "--data", data, "--lose-one-in", str(LOSE_ONE_IN)) as counter:
        yield counter


def test_retried_requests_leave_no_gaps_and_no_duplicates(
    losing: ServedCounter,
) -> None:
    plan = AuditPlan(losing.url, ["again"], clients=CLIENTS, requests=REQUESTS, idempotent=True)
    report = asyncio.run(run_audit(plan))
    assert (report.numbers, report.duplicates, report.gaps) == (REQUESTS, 0, 0)
    assert losing.current("again").text == str(REQUESTS)
    assert report.successful_retries > 0.9 * REQUESTS / LOSE_ONE_IN


def test_requests_without_retry_leave_a_gap_for_each_lost_response(losing: ServedCounter) -> None:
    report = asyncio.run(
        run_audit(AuditPlan(losing.url, ["once"], clients=CLIENTS, requests=REQUESTS))
    )
    lost = report.errors[504]
    assert (report.numbers, report.duplicates) == (REQUESTS - lost, 0)
    assert lost - CLIENTS <= report.gaps <= lost
    assert abs(lost - REQUESTS / LOSE_ONE_IN) <= 1


def test_threads_of_a_client_skip_no_number(losing: ServedCounter) -> None:
    with CounterClient(losing.url) as client, ThreadPoolExecutor(CLIENTS) as pool:
        numbers = list(pool.map(lambda _: client.next("threads"), range(400)))
        blocks = list(pool.map(lambda _: client.reserve("threads", 10), range(100)))
    numbers = sorted(numbers + [number for block in blocks for number in block])
    assert numbers == list(range(1, 1401))
