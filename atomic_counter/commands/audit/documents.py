"""The audit of a counter with the option `documents`: many clients assign overlapping documents."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

from atomic_counter.client import CounterClient, CounterError
from atomic_counter.commands.audit.load import AuditPlan
from atomic_counter.commands.audit.result import latency_percentiles
from atomic_counter.tooling.request_counter import RequestCounter

# How often each document is assigned, on average, and how many responses are lost by default.
TIMES = 4
LOSE_ONE_IN = 10
# A service must respond in this time, before assignments retry for longer.
FIRST_RESPONSE_SECONDS = 5


@dataclass(frozen=True)
class Assignment:
    """The result of one assignment.

    Attributes:
        key: The counter.
        document: The document.
        number: Its number. None: there is none.
        seconds: How long the assignment took, with all of its requests.
        reason: Why there is no number. None: there is one.
    """

    key: str
    document: str
    number: int | None
    seconds: float = 0
    reason: str | None = None


@dataclass(frozen=True)
class DocumentsResult:
    """The figures of an audit of documents.

    Attributes:
        assignments: The results of the assignments.
        reads: What the service returns for each document afterwards.
        last: The last number of each key afterwards.
        seconds: The duration of the assignments.
        requests: The requests of the assignments, with their retries.
        are_keys_new: Whether the keys have no other documents. Default: True.
    """

    assignments: Sequence[Assignment]
    reads: Sequence[Assignment]
    last: dict[str, int]
    seconds: float
    requests: int
    are_keys_new: bool = True

    @property
    def numbers(self) -> set[tuple[str, int]]:
        """The keys and numbers that documents have."""
        return {(read.key, read.number) for read in self.reads if read.number is not None}

    @property
    def changed(self) -> int:
        """How many documents got different numbers. It must be 0."""
        numbers: dict[tuple[str, str], set[int]] = {}
        for each in (*self.assignments, *self.reads):
            if each.number is not None:
                numbers.setdefault((each.key, each.document), set()).add(each.number)
        return sum(len(of_document) > 1 for of_document in numbers.values())

    @property
    def doubled(self) -> int:
        """How many documents have a number that another one has. It must be 0."""
        return sum(read.number is not None for read in self.reads) - len(self.numbers)

    @property
    def missing(self) -> int:
        """How many numbers of new keys, up to the counter's, have no document. It must be 0."""
        if not self.are_keys_new:
            return 0
        return sum(self.last.values()) - (len(self.numbers) - self.beyond)

    @property
    def beyond(self) -> int:
        """How many numbers of documents the counter hasn't issued. It must be 0."""
        return sum(not 1 <= number <= self.last[key] for key, number in self.numbers)

    @property
    def without_number(self) -> int:
        """How many documents have no number. It must be 0."""
        return sum(read.number is None for read in self.reads)

    @property
    def failed(self) -> list[Assignment]:
        """The assignments without a number."""
        return [each for each in self.assignments if each.number is None]

    @property
    def is_complete(self) -> bool:
        """Whether every document has one number, and no number is missing."""
        defects = self.changed, self.doubled, self.missing, self.beyond, self.without_number
        return not any(defects)

    def figures(self) -> dict[str, Any]:
        """Return the figures for JSON."""
        return {
            "assignments": len(self.assignments),
            "documents": len(self.reads),
            "numbers": len(self.numbers),
            "changed": self.changed,
            "doubled": self.doubled,
            "missing": self.missing,
            "beyond": self.beyond,
            "without_number": self.without_number,
            "failed": len(self.failed),
            "requests": self.requests,
            "latency_seconds": self.latency,
            "seconds": self.seconds,
            "documents_per_second": self.documents_per_second,
        }

    @property
    def latency(self) -> dict[str, float]:
        """Seconds by name, of the assignments that returned numbers."""
        assigned = [each.seconds for each in self.assignments if each.number is not None]
        return latency_percentiles(assigned)

    @property
    def documents_per_second(self) -> float:
        """How many documents got their numbers in a second."""
        return len(self.numbers) / self.seconds


def audit_documents(
    plan: AuditPlan, on_assignment: Callable[[Assignment], None] = lambda _: None
) -> DocumentsResult:
    """Assign documents from many clients at once, and read all numbers afterwards.

    Each document is assigned about four times, by clients that know nothing of each other. One
    response in ten, or in `drop_one_in`, is dropped as if it had been lost: its client assigns the
    document again. A client stops at an assignment without a number.

    Raises:
        CounterError: The service doesn't respond, or the numbers can't be read afterwards.
        ValueError: The URL isn't one.
    """
    count = plan.requests or 1000
    documents = [
        (plan.keys[number % len(plan.keys)], f"document {number}")
        for number in range(-(-count // TIMES))
    ]
    tickets = [(number, *documents[number % len(documents)]) for number in range(count)]
    random.shuffle(tickets)
    sent, is_over = RequestCounter(plan.auth), threading.Event()
    new_client = partial(CounterClient, plan.url, api_key=plan.headers.get("x-api-key"), auth=sent)
    with new_client(deadline=FIRST_RESPONSE_SECONDS) as probe:
        probe.current(plan.keys[0])
    sent.by_host.clear()
    clients = [new_client() for _ in range(plan.clients)]

    def run_client(index: int) -> list[Assignment]:
        results = []
        for number, *pair in tickets[index :: plan.clients]:
            if number % (plan.drop_one_in or LOSE_ONE_IN) == 0:
                results.append(_assign(clients[index], *pair))
            if not results or results[-1].number is not None:
                results.append(_assign(clients[index], *pair))
            on_assignment(results[-1])
            if is_over.is_set() or results[-1].number is None:
                break
        return results

    with ThreadPoolExecutor(plan.clients) as threads:
        try:
            started = time.perf_counter()
            assignments = list(chain(*threads.map(run_client, range(plan.clients))))
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
    return DocumentsResult(assignments, reads, last, seconds, requests, plan.are_keys_new)


def _assign(client: CounterClient, key: str, document: str) -> Assignment:
    started = time.perf_counter()
    number, reason = None, None
    try:
        number = client.assign(key, document)
    except CounterError as error:
        reason = str(error)
    return Assignment(key, document, number, time.perf_counter() - started, reason)


def document_rows(plan: AuditPlan, result: DocumentsResult) -> list[tuple[str, str]]:
    """Return the names and values of a table about an audit of documents."""
    figures = {
        "clients": plan.clients,
        "counters": len(plan.keys),
        "assignments": len(result.assignments),
        "requests": result.requests,
        "documents": len(result.reads),
        "numbers": len(result.numbers),
        "documents with several numbers": result.changed,
        "documents with the number of another": result.doubled,
        "numbers without a document": result.missing,
        "numbers beyond the counter": result.beyond,
        "documents without a number": result.without_number,
        "assignments without a number": len(result.failed),
    }
    return [
        *((name, f"{value:,}") for name, value in figures.items()),
        *((f"time, {name}", f"{each * 1000:.1f} ms") for name, each in result.latency.items()),
        ("documents a second", f"{result.documents_per_second:,.0f}"),
    ]
