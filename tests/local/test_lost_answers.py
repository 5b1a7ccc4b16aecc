"""One answer of DynamoDB in ten is lost after the write: who sends it again skips no number."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from atomic_counter.audit import Plan, audit
from atomic_counter.client import CounterClient
from tests.serving import ServedCounter, serve

REQUESTS = 2000
CLIENTS = 16
LOSE_ONE_IN = 10


@pytest.fixture(scope="module")
def losing(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedCounter]:
    data = tmp_path_factory.mktemp("data")
    with serve(template, "--data", data, "--lose-one-in", str(LOSE_ONE_IN)) as counter:
        yield counter


def test_requests_that_are_sent_again_leave_no_gap_and_repeat_nothing(
    losing: ServedCounter,
) -> None:
    plan = Plan(losing.url, ["again"], clients=CLIENTS, requests=REQUESTS, idempotent=True)
    report = asyncio.run(audit(plan))
    assert (report.numbers, report.repeats, report.gaps) == (REQUESTS, 0, 0)
    assert losing.current("again").text == str(REQUESTS)
    assert report.answered_again > 0.9 * REQUESTS / LOSE_ONE_IN


def test_requests_that_are_not_leave_a_gap_for_each_lost_answer(losing: ServedCounter) -> None:
    report = asyncio.run(audit(Plan(losing.url, ["once"], clients=CLIENTS, requests=REQUESTS)))
    lost = report.errors[500]
    assert (report.numbers, report.repeats) == (REQUESTS - lost, 0)
    assert lost - CLIENTS <= report.gaps <= lost
    assert abs(lost - REQUESTS / LOSE_ONE_IN) <= 1


def test_the_clients_threads_skip_nothing(losing: ServedCounter) -> None:
    with CounterClient(losing.url) as client, ThreadPoolExecutor(CLIENTS) as pool:
        numbers = list(pool.map(lambda _: client.next("threads"), range(400)))
        blocks = list(pool.map(lambda _: client.reserve("threads", 10), range(100)))
    taken = sorted(numbers + [number for block in blocks for number in block])
    assert taken == list(range(1, 1401))
