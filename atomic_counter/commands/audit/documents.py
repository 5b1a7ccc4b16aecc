"""The audit of a counter with the option `documents`: many clients assign overlapping documents."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from typing import NamedTuple

from atomic_counter.client import CounterClient, CounterError, CounterRefusedError
from atomic_counter.client.documents import MAX_LIST
from atomic_counter.client.retries import independent_random
from atomic_counter.commands.audit.documents_result import (
    Assignment,
    AssignmentCall,
    DocumentsResult,
)
from atomic_counter.commands.audit.load import AuditPlan
from atomic_counter.tooling.request_counter import RequestCounter

# How often each document is assigned alone, and how often in a list.
TIMES_ALONE, TIMES_IN_LISTS = 2, 2
# One in so many calls is lost by default.
LOSE_ONE_IN = 10
# A service must respond in this time, before assignments retry for longer.
FIRST_RESPONSE_SECONDS = 5


class Ticket(NamedTuple):
    """The documents of one call, which is made twice if the first one is lost."""

    key: str
    documents: Sequence[str]
    is_list: bool
    is_lost: bool


def audit_documents(
    plan: AuditPlan, on_assignment: Callable[[Assignment], None] = lambda _: None
) -> DocumentsResult:
    """Assign documents from many clients at once, and read all numbers afterwards.

    Each document is assigned twice alone and twice in lists of 1 to 99 documents, which overlap, by
    clients that know nothing of each other. One call in ten, or in `drop_one_in`, is dropped as if
    its response had been lost: its client makes the call again. A client stops at a document
    without a number.

    Raises:
        CounterError: The service doesn't respond or refuses an assignment, or the numbers can't be
            read afterwards.
        ValueError: The URL isn't one.
    """
    count = -(-(plan.requests or 1000) // (TIMES_ALONE + TIMES_IN_LISTS))
    documents = [
        (plan.keys[number % len(plan.keys)], f"document {number}") for number in range(count)
    ]
    tickets = _tickets(documents, plan.drop_one_in or LOSE_ONE_IN)
    sent, is_over = RequestCounter(plan.auth), threading.Event()
    new_client = partial(CounterClient, plan.url, api_key=plan.headers.get("x-api-key"), auth=sent)
    with new_client(deadline=FIRST_RESPONSE_SECONDS) as probe:
        probe.current(plan.keys[0])
    sent.by_host.clear()
    clients = [new_client() for _ in range(plan.clients)]

    def run_client(index: int) -> list[AssignmentCall]:
        calls = []
        try:
            for ticket in tickets[index :: plan.clients]:
                if ticket.is_lost:
                    calls.append(_assign(clients[index], ticket))
                if not calls or not calls[-1].has_failed:
                    calls.append(_assign(clients[index], ticket))
                for assignment in calls[-1].assignments:
                    on_assignment(assignment)
                if is_over.is_set() or calls[-1].has_failed:
                    break
        except CounterRefusedError:
            is_over.set()
            raise
        return calls

    with ThreadPoolExecutor(plan.clients) as threads:
        try:
            started = time.perf_counter()
            calls = list(chain(*threads.map(run_client, range(plan.clients))))
            seconds, requests = time.perf_counter() - started, sent.by_host.total()
            reader = clients[0]
            numbers = threads.map(lambda pair: reader.number_of(*pair), documents)
            reads = [Assignment(*pair, n) for pair, n in zip(documents, numbers, strict=True)]
            last = {key: reader.current(key) for key in plan.keys}
        finally:
            is_over.set()
            threads.shutdown(cancel_futures=True)  # A client must be idle when it's closed.
            for client in clients:
                client.close()
    return DocumentsResult(calls, reads, last, seconds, requests, plan.are_keys_new)


def _tickets(documents: list[tuple[str, str]], lose_one_in: int) -> list[Ticket]:
    """Return the calls in random order. At least one list is lost."""
    of_key: dict[str, list[str]] = {}
    for key, document in documents:
        of_key.setdefault(key, []).append(document)
    calls: list[tuple[str, Sequence[str], bool]] = [
        (key, part, True)
        for key, names in of_key.items()
        for _ in range(TIMES_IN_LISTS)
        for part in _cut(independent_random.sample(names, len(names)))
    ]
    calls += [(key, [document], False) for key, document in documents * TIMES_ALONE]
    tickets = [Ticket(*call, number % lose_one_in == 0) for number, call in enumerate(calls)]
    return independent_random.sample(tickets, len(tickets))


def _cut(names: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut documents into lists of 1 to 99."""
    while names:
        size = independent_random.randint(1, MAX_LIST)
        yield names[:size]
        names = names[size:]


def _assign(client: CounterClient, ticket: Ticket) -> AssignmentCall:
    key, names = ticket.key, ticket.documents
    started = time.perf_counter()
    reason = None
    try:
        got = client.assign_many(key, names) if ticket.is_list else [client.assign(key, names[0])]
        numbers = dict(zip(names, got, strict=True))
    except CounterRefusedError:
        raise
    except CounterError as error:
        numbers, reason = error.numbers, str(error)
    seconds = time.perf_counter() - started
    assignments = [
        Assignment(key, name, numbers.get(name), None if name in numbers else reason)
        for name in names
    ]
    return AssignmentCall(assignments, seconds, ticket.is_list)
