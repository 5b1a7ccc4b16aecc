"""Clients of both transports share one key, while responses are lost and processes are killed."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from atomic_counter.client import CounterClient, TableClient
from atomic_counter.commands.audit import AuditResult, Sample
from atomic_counter.commands.register import examine
from atomic_counter.options import AppOptions
from tests.counter_under_test import local_dynamodb
from tests.integration.mortal import Mortal
from tests.integration.records import create_orders, record, stored_records
from tests.integration.test_audit_under_faults import wait_until

CLIENTS, KILLS = 16, 6
DEADLINE_SECONDS = 120
Client = CounterClient | TableClient


@pytest.fixture
def cleanup() -> Iterator[ExitStack]:
    with ExitStack() as cleanup:
        yield cleanup


def work_while_killing(
    tasks: int,
    connect: Callable[..., Client],
    work: Callable[[Client, int], object],
    kill: Callable[[], None],
) -> None:
    """Do tasks with 16 clients, and kill a part of the counter some times meanwhile."""
    done: list[int] = []

    def run(index: int) -> None:
        with connect(index, slots=f"{index:x}", deadline=DEADLINE_SECONDS) as client:
            for task in range(index, tasks, CLIENTS):
                work(client, task)
                done.append(task)

    with ThreadPoolExecutor(CLIENTS) as clients:
        running = [clients.submit(run, index) for index in range(CLIENTS)]
        for due in range(tasks // (KILLS + 1), tasks - CLIENTS, tasks // (KILLS + 1)):
            wait_until(lambda due=due: len(done) >= due)  # type: ignore[misc]
            kill()
        for client in running:
            client.result()


def test_numbers_of_both_transports_are_complete_and_in_order(
    cleanup: ExitStack, tmp_path: Path
) -> None:
    mortal = Mortal(cleanup, tmp_path, AppOptions())
    samples: list[Sample] = []

    def count(client: Client, task: int) -> None:
        sent = time.monotonic()
        number = client.next("tickets")
        seconds = time.monotonic() - sent
        samples.append(Sample(task % CLIENTS, "tickets", sent, sent, seconds, 200, number, 1))

    work_while_killing(1600, mortal.reachable.client_of_either, count, mortal.kill)
    result = AuditResult.of(samples, 1, are_keys_new=True)
    assert (result.numbers, result.duplicates, result.disorder, result.gaps) == (1600, 0, 0, 0)


def test_documents_of_both_transports_have_one_number_each(
    cleanup: ExitStack, tmp_path: Path
) -> None:
    mortal = Mortal(cleanup, tmp_path, AppOptions(documents=True))
    assigned: set[tuple[str, int]] = set()

    def assign(client: Client, task: int) -> None:
        documents = [f"order-{task % 400}", f"order-{(task + 7) % 400}"]
        if task % 3:
            assigned.add((documents[0], client.assign("invoices", documents[0])))
        else:
            assigned.update(zip(documents, client.assign_many("invoices", documents), strict=True))

    work_while_killing(1600, mortal.reachable.client_of_either, assign, mortal.kill)
    assert assigned == complete_series(mortal, 400)


def test_each_document_has_one_record_with_its_number(cleanup: ExitStack, tmp_path: Path) -> None:
    mortal = Mortal(cleanup, tmp_path, AppOptions(documents=True))
    create_orders(mortal.counter)

    def connect(_: int, **arguments: Any) -> TableClient:
        return mortal.reachable.table_client(**arguments)

    def assign(client: Client, task: int) -> None:
        assert isinstance(client, TableClient)
        document = f"order-{task % 1000}"
        client.assign("invoices", document, also=lambda number: [record(document, number)])

    work_while_killing(2000, connect, assign, mortal.kill)
    assert stored_records(mortal.counter) == complete_series(mortal, 1000)


def complete_series(mortal: Mortal, length: int) -> set[tuple[str, int]]:
    """Return the documents and numbers of the register, whose series must be complete."""
    counter = mortal.counter
    series, findings = examine(local_dynamodb(counter.endpoint), counter.table.name)
    assert findings == {}
    assert sorted(series["invoices"].documents) == list(range(1, length + 1))
    return {(document, n) for n, (document,) in series["invoices"].documents.items()}
