"""The table that a migration copies to."""

import re
from typing import Any

from atomic_counter.commands.migrate.outcomes import (
    OVERTAKEN,
    REGISTERED,
    TAKEN,
    MigratedCounter,
)
from atomic_counter.commands.register import DocumentSeries, read_series


class Target:
    """The table of this stack, to which counters and then documents are copied.

    Args:
        dynamodb: A boto3 client.
        table: The table's name.
        dry_run: Whether to write nothing, and only return the outcomes.
    """

    def __init__(self, dynamodb: Any, table: str, *, dry_run: bool) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._dry_run = dry_run
        self._raised: dict[str, int] = {}
        self._series: dict[str, DocumentSeries] = {}

    def register(self, key: str) -> MigratedCounter:
        """Add a key without a value, unless it exists."""
        value = self._item(key).get("counterValue")
        if value is not None and not is_whole(value):
            return MigratedCounter(key, "failed", table="target")
        if not self._dry_run:
            self._dynamodb.update_item(TableName=self._table, Key={"systemKey": {"S": key}})
        return MigratedCounter(key, "registered")

    def raise_counter(self, key: str, last: int) -> MigratedCounter:
        """Raise a counter to `last`, unless it is there already or its value is no number."""
        value = self._item(key).get("counterValue")
        if value is not None and not is_whole(value):
            return MigratedCounter(key, "failed", last, "target")
        condition = "attribute_not_exists(counterValue) OR counterValue < :last"
        is_behind = value is None or int(value["N"]) < last
        if not (is_behind and self._write(key, "counterValue", last, condition)):
            return MigratedCounter(key, "skipped", last, "target")
        self._raised[key] = last
        return MigratedCounter(key, "raised", last, "target")

    def read_documents(self) -> None:
        """Read the documents that have numbers, after all counters are copied."""
        self._series = read_series(self._dynamodb, self._table)
        for key, last in self._raised.items():  # A dry run has raised no counter.
            series = self._series.setdefault(key, DocumentSeries())
            series.last = max(last, series.last or 0)

    def cover(self, key: str, last: int) -> list[MigratedCounter]:
        """Raise a counter to the highest number of its documents, which is above the counter.

        The target would issue this number again. If it has issued others since its documents were
        read, one of them could be this one, so the counter isn't raised.
        """
        series = self._series.setdefault(key, DocumentSeries())
        if series.last is None or series.last >= last:
            return []
        condition = "counterValue = :unchanged"
        if not series.last:
            condition = f"attribute_not_exists(counterValue) OR {condition}"
        if not self._write(key, "counterValue", last, condition, unchanged=series.last):
            return []
        series.last = last
        return [MigratedCounter(key, "raised", last, "target")]

    def copy_document(
        self, item_key: str, number: int, issued_at: int | None = None
    ) -> MigratedCounter:
        """Give a document its number, unless the document or the number has another one.

        It also gets the time of issue, unless it's unknown or the document has one.

        The target issues only numbers above its counter, and those up to the counter are known. So
        no other document can get a number that is copied.
        """
        key, _, document = item_key.rpartition("\t")
        series = self._series.setdefault(key, DocumentSeries())
        documents = series.documents.setdefault(number, [document])
        if document not in documents:
            other = f"{key}\t{documents[0]}"
            return MigratedCounter(item_key, "conflicting", number, text=TAKEN, other=other)
        if number > (series.last or 0):
            return MigratedCounter(item_key, "failed", number, text=OVERTAKEN)
        condition = "attribute_not_exists(systemKey) OR documentNumber = :last"
        item = self._item(item_key) if self._dry_run else {}
        has_it = not item or item.get("documentNumber") == {"N": str(number)}
        time = {} if issued_at is None else {"issuedAt": issued_at}
        if has_it and self._write(item_key, "documentNumber", number, condition, **time):
            return MigratedCounter(item_key, "copied", number)
        value = self._item(item_key).get("documentNumber")
        if value is None:
            return MigratedCounter(item_key, "failed", number, text=REGISTERED)
        if not is_whole(value):
            return MigratedCounter(item_key, "failed", number, "target")
        return MigratedCounter(item_key, "conflicting", number)

    def _item(self, key: str) -> dict[str, Any]:
        found = self._dynamodb.get_item(
            TableName=self._table, Key={"systemKey": {"S": key}}, ConsistentRead=True
        )
        item: dict[str, Any] = found.get("Item", {})
        return item

    def _write(self, key: str, attribute: str, last: int, condition: str, **more: int) -> bool:
        """Set an attribute of an item, and return whether the condition was true.

        `more` has the other values of the condition, and `issuedAt`, which is set if it's absent.
        """
        if self._dry_run:
            return True
        time = ", issuedAt = if_not_exists(issuedAt, :issuedAt)" if "issuedAt" in more else ""
        values = {f":{name}": {"N": str(value)} for name, value in {"last": last, **more}.items()}
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key={"systemKey": {"S": key}},
                UpdateExpression=f"SET {attribute} = :last{time}",
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True


def is_whole(value: dict[str, Any]) -> bool:
    """Return whether a stored value is a whole number of 0 or more."""
    return bool(re.fullmatch("[0-9]+", value.get("N", "")))
