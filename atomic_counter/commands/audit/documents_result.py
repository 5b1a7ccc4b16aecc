"""The result of an audit of documents."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from atomic_counter.commands.audit.load import AuditPlan
from atomic_counter.commands.audit.result import latency_percentiles


@dataclass(frozen=True)
class Assignment:
    """The result of one assignment, alone or in a list.

    Attributes:
        key: The counter.
        document: The document.
        number: Its number. None: there is none.
        reason: Why there is no number. None: there is one.
    """

    key: str
    document: str
    number: int | None
    reason: str | None = None


@dataclass(frozen=True)
class AssignmentCall:
    """The result of one call of a client, of `assign` or of `assign_many`.

    Attributes:
        assignments: The assignment of each document.
        seconds: How long the call took, with all of its requests.
        is_list: Whether it was a call of `assign_many`.
    """

    assignments: Sequence[Assignment]
    seconds: float
    is_list: bool

    @property
    def has_failed(self) -> bool:
        """Whether a document has no number."""
        return any(each.number is None for each in self.assignments)


@dataclass(frozen=True)
class DocumentsResult:
    """The figures of an audit of documents.

    Attributes:
        calls: The results of the calls.
        reads: What the service returns for each document afterwards.
        last: The last number of each key afterwards.
        seconds: The duration of the assignments.
        requests: The requests of the assignments, with their retries.
        are_keys_new: Whether the keys have no other documents. Default: True.
    """

    calls: Sequence[AssignmentCall]
    reads: Sequence[Assignment]
    last: dict[str, int]
    seconds: float
    requests: int
    are_keys_new: bool = True

    @cached_property
    def assignments(self) -> list[Assignment]:
        """The results of the assignments, alone and in lists."""
        return [each for call in self.calls for each in call.assignments]

    @property
    def lists(self) -> int:
        """How many lists were assigned."""
        return sum(call.is_list for call in self.calls)

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
            "lists": self.lists,
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
        """Seconds by name, of the calls that returned numbers."""
        return latency_percentiles([call.seconds for call in self.calls if not call.has_failed])

    @property
    def documents_per_second(self) -> float:
        """How many documents got their numbers in a second."""
        return len(self.numbers) / self.seconds


def document_rows(plan: AuditPlan, result: DocumentsResult) -> list[tuple[str, str]]:
    """Return the names and values of a table about an audit of documents."""
    figures = {
        "clients": plan.clients,
        "counters": len(plan.keys),
        "assignments": len(result.assignments),
        "lists": result.lists,
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
