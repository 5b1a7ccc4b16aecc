"""The outcomes of a migration, and their texts."""

from dataclasses import dataclass

from atomic_counter.tooling.terminal import quoted

OUTCOMES = {
    "raised": "raised to {last}",
    "skipped": "skipped, as it isn't behind {last}",
    "registered": "registered, as it has issued no number",
    "copied": "copied, as a document with number {last}",
    "conflicting": "failed, as this document has another number than {last} in the target",
    "failed": "failed, as its value in the {table} isn't a whole number from 0, of up to 38 digits",
}
# Other texts of the last two outcomes.
TAKEN = "failed, as {other} has the number {last} in the target"
OVERTAKEN = "failed, as the counter in the target isn't at {last} yet, or is in use: run it again"
MIXED = "failed, as it has the number of a document, and isn't the item of one"
REGISTERED = "failed, as it is a registered key in the target"


@dataclass(frozen=True)
class MigratedCounter:
    """The outcome for one counter or document.

    Attributes:
        key: Its key.
        outcome: One of `OUTCOMES`.
        last: The last number that counts as issued, or the number of a document. None: none, or
            none that the target can store.
        table: The table whose value decided: `source` or `target`.
        text: The text of the outcome. Default: that in `OUTCOMES`.
        other: The key of the document that has the number.
    """

    key: str
    outcome: str
    last: int | None = None
    table: str = "source"
    text: str = ""
    other: str = ""

    def __str__(self) -> str:
        text = self.text or OUTCOMES[self.outcome]
        filled = text.format(last=self.last, table=self.table, other=quoted(self.other))
        return f"{quoted(self.key)}: {filled}"
