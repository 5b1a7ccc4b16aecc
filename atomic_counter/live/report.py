"""What a proof has found, for the terminal and as Markdown that may be shown to anybody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from atomic_counter.audit import Plan, rows
from atomic_counter.audit.report import Report as Audit
from atomic_counter.audit.report import table
from atomic_counter.live.commands import Promise
from atomic_counter.live.steps import DONE, Step


@dataclass
class Report:
    """What is known so far.

    Attributes:
        facts: Versions, the template's digest, and what else says what was proved; by name.
        steps: What was done.
        promises: Those that were tested or audited.
        audits: Plans and what they found, by name.
        secrets: Texts that belong to the account, and what stands in their place.
    """

    facts: Mapping[str, str]
    steps: Sequence[Step] = ()
    promises: list[Promise] = field(default_factory=list)
    audits: dict[str, tuple[Plan, Audit]] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    @property
    def is_proved(self) -> bool:
        """Every step was done, and no promise is broken."""
        is_done = bool(self.steps) and all(step.outcome == DONE for step in self.steps)
        return is_done and not self._of("fail")

    @property
    def summary(self) -> str:
        tried = len(self.promises) - len(self._of("not tried"))
        kept = f"{len(self._of('pass'))} of {tried} promises kept"
        undone = [f"{step.name}: {step.outcome}" for step in self.steps if step.outcome != DONE]
        return "; ".join([kept, *undone])

    def audited(self, name: str, plan: Plan, audit: Audit) -> None:
        """Take an audit into the report: it promises neither repeats nor gaps."""
        self.audits[name] = plan, audit
        is_kept = audit.numbers == (plan.requests or 0) and not (audit.repeats or audit.gaps)
        found = f"{audit.numbers} numbers, {audit.repeats} repeats, {audit.gaps} gaps"
        self.promises.append(Promise(name, is_kept, [] if is_kept else [found], []))

    def print(self, console: Console) -> None:
        """Print it, in short."""
        for name, (plan, audit) in self.audits.items():
            console.print(table(name, rows(plan, audit)))
        for promise in self._of("fail"):
            console.print(f"[red]fail[/] {promise.text}")
            for found in promise.failed:
                console.print(f"     {escape(found)}", highlight=False)
        colour = "green" if self.is_proved else "red"
        console.print(f"[bold {colour}]{escape(self.summary)}[/]", highlight=False)

    def markdown(self, picture: Path | None) -> str:
        """The whole of it, without what belongs to the account.

        Args:
            picture: The plot of an audit, if there is one.
        """
        text = "\n\n".join(self._parts(picture)) + "\n"
        for secret, instead in self.secrets.items():
            text = text.replace(secret, instead)
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
        if self.promises:
            parts.append("## Promises")
            parts.append(_table(["promise", "outcome", "times"], map(_row, self.promises)))
        for name, (plan, audit) in self.audits.items():
            parts.append(f"## The audit: {name}")
            parts.append(_table(["", ""], rows(plan, audit)))
        if picture:
            parts.append(f"![How long answers take, and the numbers]({picture.name})")
        found = [line for promise in self.promises for line in promise.failed]
        if found:
            parts += ["## What failed", "```\n" + "\n".join(found).replace("```", "'''") + "\n```"]
        return parts

    def _of(self, outcome: str) -> list[Promise]:
        return [promise for promise in self.promises if promise.outcome == outcome]


def _row(promise: Promise) -> tuple[str, str, str]:
    why = f": {promise.skipped[0].partition(': ')[2]}" if promise.outcome == "not tried" else ""
    times = str(promise.passed + len(promise.failed)) if not why else ""
    return promise.text, promise.outcome + why, times


def _table(heads: Sequence[str], lines: object) -> str:
    assert hasattr(lines, "__iter__")
    head = [" | ".join(heads), " | ".join("---" for _ in heads)]
    body = [" | ".join(map(_cell, line)) for line in lines]
    return "\n".join(f"| {line} |" for line in [*head, *body])


def _cell(text: str) -> str:
    return " ".join(text.replace("|", r"\|").split())
