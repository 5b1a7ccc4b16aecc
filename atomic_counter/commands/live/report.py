"""The report of a proof, for the terminal and as Markdown without data of the account."""

from collections import Counter as Tally
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from atomic_counter.commands.audit import AuditPlan, AuditResult
from atomic_counter.commands.audit.documents_result import DocumentsResult, document_rows
from atomic_counter.commands.audit.load import audit_rows
from atomic_counter.commands.live.programs import Promise
from atomic_counter.commands.live.steps import DONE, INTERRUPTED, Step
from atomic_counter.tooling.terminal import figures_table, print_table, printable

UNRECORDED_NOTE = (
    "Nobody has recorded yet what AWS does in these cases."
    " Please share this report in an issue, whatever the outcomes are."
)


@dataclass
class LiveReport:
    """The results so far.

    Attributes:
        facts: What was proved, by name: versions, the template's digest, and more.
        steps: The steps.
        promises: The promises that were tested or audited.
        audits: The names and values of each audit, by its name.
        secrets: Texts that identify the account, and their replacements.
    """

    facts: Mapping[str, str]
    steps: Sequence[Step] = ()
    promises: list[Promise] = field(default_factory=list)
    audits: dict[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    @property
    def is_proved(self) -> bool:
        """Whether every step is done, and no promise is broken."""
        return self.status == 0

    @property
    def status(self) -> int:
        """The exit status: 1 for a broken promise, 130 for an interrupt, 2 for a failed step."""
        if self._with_outcome("fail"):
            return 1
        if any(step.outcome == INTERRUPTED for step in self.steps):
            return 130
        is_done = bool(self.steps) and all(step.outcome == DONE for step in self.steps)
        return 0 if is_done else 2

    @property
    def summary(self) -> str:
        """The number of promises kept, and the steps that aren't done."""
        tested = len(self.promises) - len(self._with_outcome("not tested"))
        kept = f"{len(self._with_outcome('pass'))} of {tested} promises kept"
        not_done = [f"{step.name}: {step.outcome}" for step in self.steps if step.outcome != DONE]
        return "; ".join([kept, *not_done])

    def add_audit(self, name: str, plan: AuditPlan, result: AuditResult) -> None:
        """Add an audit, which promises that there are no duplicates and no gaps."""
        is_complete = result.numbers == (plan.requests or 0)
        is_kept = is_complete and not (result.duplicates or result.disorder or result.gaps)
        found = f"{result.numbers} numbers, {result.duplicates} duplicates, {result.gaps} gaps"
        self._add(name, audit_rows(plan, result), is_kept=is_kept, found=found)

    def add_audit_of_documents(self, name: str, plan: AuditPlan, result: DocumentsResult) -> None:
        """Add an audit, which promises that each document has a number and none is missing."""
        found = f"{len(result.numbers)} numbers of {len(result.reads)} documents"
        self._add(name, document_rows(plan, result), is_kept=result.is_complete, found=found)

    def _add(
        self, name: str, rows: Sequence[tuple[str, str]], *, is_kept: bool, found: str
    ) -> None:
        self.audits[name] = rows
        self.promises.append(Promise(name, is_kept, [] if is_kept else [found], []))

    def print(self, console: Console) -> None:
        """Print the summary, the audits and the failures."""
        for name, rows in self.audits.items():
            print_table(console, figures_table(name, rows))
        for promise in self._with_outcome("fail"):
            console.print("fail", promise.text, style="red")
            for message in promise.failed:
                console.print(f"     {printable(message)}")
        if any(promise.is_fact for promise in self.promises):
            console.print(
                "The report has promises that are proven for the first time. " + UNRECORDED_NOTE
            )
        color = "green" if self.is_proved else "red"
        console.print(printable(self.summary), style=f"bold {color}")

    def markdown(self, picture: Path | None) -> str:
        """Return the whole report, without data of the account."""
        text = "\n\n".join(self._parts(picture)) + "\n"
        for secret, replacement in self.secrets.items():
            text = text.replace(secret, replacement)
        return text

    def _parts(self, picture: Path | None) -> list[str]:
        parts = [
            f"# The atomic counter, live\n\n**{_cell(self.summary)}**",
            _table(["", ""], self.facts.items()),
            _table(
                ["step", "outcome", "seconds"],
                [(step.name, step.outcome, f"{step.seconds:.0f}") for step in self.steps],
            ),
        ]
        heads = ["promise", "outcome", "times"]
        facts = [promise for promise in self.promises if promise.is_fact]
        if facts:
            parts += [
                "## Proven for the first time",
                UNRECORDED_NOTE,
                _table(heads, _rows(facts)),
            ]
        if self.promises:
            parts.append("## Promises")
            rest = [promise for promise in self.promises if not promise.is_fact]
            parts.append(_table(heads, _rows(rest)))
        for name, rows in self.audits.items():
            parts.append(f"## Audit: {name}")
            parts.append(_table(["", ""], rows))
        if picture:
            parts.append(f"![Latencies and numbers]({picture.name})")
        failures = [line for promise in self.promises for line in promise.failed]
        if failures:
            parts += ["## Failures", "```\n" + "\n".join(failures).replace("```", "'''") + "\n```"]
        return parts

    def _with_outcome(self, outcome: str) -> list[Promise]:
        return [promise for promise in self.promises if promise.outcome == outcome]


def _rows(promises: Sequence[Promise]) -> Iterator[tuple[str, str, str]]:
    """Return a row for each promise that was tested, and one for all others."""
    untested = [promise for promise in promises if promise.outcome == "not tested"]
    for promise in promises:
        if promise not in untested:
            yield promise.text, promise.outcome, str(promise.passed + len(promise.failed))
    if untested:
        reasons = Tally(promise.skipped[0].partition(": ")[2] for promise in untested)
        why = "; ".join(f"{reason} ({count})" for reason, count in reasons.most_common())
        yield f"{len(untested)} more", f"not tested: {why}", ""


def _table(heads: Sequence[str], lines: Iterable[Iterable[str]]) -> str:
    head = [" | ".join(heads), " | ".join("---" for _ in heads)]
    body = [" | ".join(map(_cell, line)) for line in lines]
    return "\n".join(f"| {line} |" for line in [*head, *body])


def _cell(text: str) -> str:
    return " ".join(text.replace("|", r"\|").split())
