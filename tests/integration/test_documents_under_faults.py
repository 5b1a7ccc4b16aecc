"""Numbers stay complete while responses are lost, and while engine and gateway are killed."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from atomic_counter.client import CounterClient
from atomic_counter.commands.register import examine
from atomic_counter.options import AppOptions
from tests.counter_under_test import local_dynamodb
from tests.integration.mortal import Mortal
from tests.integration.test_audit_under_faults import wait_until

CLIENTS, DOCUMENTS, KILLS = 16, 500, 10
# How often each document is assigned alone, and how often in a list of up to 99.
TIMES_ALONE, TIMES_IN_LISTS, MAX_LIST = 2, 2, 99
ASSIGNMENTS = DOCUMENTS * (TIMES_ALONE + TIMES_IN_LISTS)
DEADLINE_SECONDS = 120


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Mortal]:
    with ExitStack() as cleanup:
        yield Mortal(cleanup, tmp_path, AppOptions(documents=True))


def overlapping_tickets(documents: list[str], chance: random.Random) -> list[list[str]]:
    """Return lists and single documents, so that new documents appear until the end."""
    places = [(at, [document]) for at, document in enumerate(documents * TIMES_ALONE)]
    places = [(at % len(documents), ticket) for at, ticket in places]
    for _ in range(TIMES_IN_LISTS):
        start = 0
        while start < len(documents):
            ticket = documents[start : start + chance.randint(1, MAX_LIST)]
            places.append((start, chance.sample(ticket, len(ticket))))
            start += len(ticket)
    places.sort(key=lambda place: place[0] + chance.randrange(MAX_LIST))
    return [ticket for _, ticket in places]


def test_numbers_are_complete_after_ten_kills(mortal: Mortal) -> None:
    documents = [f"order-{number}" for number in range(DOCUMENTS)]
    tickets = overlapping_tickets(documents, random.Random(1))
    numbers: list[tuple[str, int]] = []

    def run_client(index: int) -> None:
        with CounterClient(mortal.counter.url, deadline=DEADLINE_SECONDS) as client:
            for ticket in tickets[index::CLIENTS]:
                if len(ticket) > 1:
                    assigned = client.assign_many("invoices", ticket)
                else:
                    assigned = [client.assign("invoices", *ticket)]
                numbers.extend(zip(ticket, assigned, strict=True))

    with ThreadPoolExecutor(CLIENTS) as clients:
        running = [clients.submit(run_client, index) for index in range(CLIENTS)]
        for kill in range(KILLS):
            due = (kill + 1) * ASSIGNMENTS // (KILLS + 1)
            wait_until(lambda due=due: len(numbers) >= due)  # type: ignore[misc]
            mortal.kill()
        for client in running:
            client.result()

    counter = mortal.counter
    series, findings = examine(local_dynamodb(counter.endpoint), counter.table.name)
    assert findings == {}
    assert sorted(series["invoices"].documents) == list(range(1, DOCUMENTS + 1))
    stored = {of: n for n, (of,) in series["invoices"].documents.items()}
    assert set(numbers) == set(stored.items())
    assert len(numbers) == ASSIGNMENTS
