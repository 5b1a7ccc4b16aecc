"""Adds a key to a table, and raises one."""

from dataclasses import dataclass
from typing import Any

from atomic_counter.commands.keys.reading import highest_document, is_key, last_of
from atomic_counter.tooling.errors import CommandError
from atomic_counter.tooling.items import OnPage
from atomic_counter.tooling.terminal import quoted

ATTEMPTS = 3


def put_key(dynamodb: Any, table: str, key: str, start: int, on_page: OnPage) -> None:
    """Write a key whose first number is `start`.

    Args:
        dynamodb: A boto3 client.
        table: The table's name.
        key: The key.
        start: Its first number, which must be above those of its documents, if it has any: a table
            that was restored in part can have documents without their key.
        on_page: Gets the number of items in each page of the search for documents.

    Raises:
        CommandError: There is an item with this key, which stays as it is, or a document has the
            first number or a higher one.
        botocore.exceptions.ClientError: DynamoDB refuses, such as for a missing table.
    """
    if item := _read(dynamodb, table, key):
        raise _existing(key, item)
    highest = highest_document(dynamodb, table, key, on_page) or 0
    if start <= highest:
        raise CommandError(
            f"--start must be above the highest number of the documents of {quoted(key)}, which is"
            f" {highest}, got {start}"
        )
    try:
        dynamodb.put_item(
            TableName=table,
            Item={"systemKey": {"S": key}, "counterValue": {"N": str(start - 1)}},
            ConditionExpression="attribute_not_exists(systemKey)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except dynamodb.exceptions.ConditionalCheckFailedException as error:
        # An engine that isn't DynamoDB may omit the item.
        raise _existing(key, error.response.get("Item", {"counterValue": {}})) from None


def _read(dynamodb: Any, table: str, key: str) -> dict[str, Any]:
    """Return the item of a key, which is empty if there is none."""
    found = dynamodb.get_item(TableName=table, Key={"systemKey": {"S": key}}, ConsistentRead=True)
    item: dict[str, Any] = found.get("Item", {})
    return item


def _existing(key: str, item: dict[str, Any]) -> CommandError:
    return CommandError(f"{quoted(key)} must be a new key, got {_description(key, item)}")


def _description(key: str, item: dict[str, Any]) -> str:
    if not is_key(item):
        of_key, _, document = key.rpartition("\t")
        return f"the item of the document {quoted(document)} of {quoted(of_key)}"
    last = last_of(item)
    if last is None:
        return "an existing one, which stays as it is"
    return (
        f"an existing one with the last number {last}, which stays as it is: `keys raise` raises"
        " the next number"
    )


@dataclass(frozen=True)
class Raise:
    """A change of a key's next number to a higher one.

    Attributes:
        dynamodb: A boto3 client.
        table: The table's name.
        key: The key, which must exist.
        start: The next number, which must be above the present one.
        leave_gap: Whether the key can have documents, whose numbers then have a gap.
    """

    dynamodb: Any
    table: str
    key: str
    start: int
    leave_gap: bool

    def run(self, on_page: OnPage) -> int:
        """Raise the next number, and return the one that it was.

        Args:
            on_page: Gets the number of items in each page of the search for documents.

        Raises:
            CommandError: The key doesn't exist, isn't below `start`, has documents, is in use, or
                its value isn't a whole number. Nothing changes.
            botocore.exceptions.ClientError: DynamoDB refuses, such as for a missing table.
        """
        for _ in range(ATTEMPTS):
            item = self._item()
            self._check_last(item)
            if not self.leave_gap:
                self._check_documents(on_page)
            before = self._write(item)
            if before is not None:
                return int(last_of(before) or 0) + 1
        advice = "stop its callers, or use --leave-gap, which doesn't search for documents"
        raise CommandError(
            f"{quoted(self.key)} must not change while it's raised, got a change in each of"
            f" {ATTEMPTS} attempts: {'run the command again' if self.leave_gap else advice}"
        )

    def _item(self) -> dict[str, Any]:
        item = _read(self.dynamodb, self.table, self.key)
        if not item or not is_key(item):
            got = _description(self.key, item) if item else "a new one: `keys add` adds it"
            raise CommandError(f"{quoted(self.key)} must be a key of {self.table}, got {got}")
        return item

    def _check_last(self, item: dict[str, Any]) -> None:
        last = last_of(item)
        if last is None:
            ((kind, value),) = item["counterValue"].items()
            raise CommandError(
                f"the value of {quoted(self.key)} must be a whole number of 0 or more (N), got"
                f" {value} ({kind}): nothing was changed"
            )
        if last + 1 >= self.start:
            raise CommandError(
                f"--start must be above the next number of {quoted(self.key)}, which is"
                f" {last + 1}, got {self.start}"
            )

    def _check_documents(self, on_page: OnPage) -> None:
        if highest_document(self.dynamodb, self.table, self.key, on_page) is not None:
            raise CommandError(
                f"the numbers of {quoted(self.key)} belong to documents, and would have a gap:"
                " use --leave-gap to leave it"
            )

    def _write(self, item: dict[str, Any]) -> dict[str, Any] | None:
        """Write the last number, and return the attributes before. None: the key has changed.

        Without `leave_gap`, the key must be as it was before the search for documents: a document
        that got a number since then has changed it.
        """
        values = {":last": {"N": str(self.start - 1)}}
        condition = "attribute_not_exists(counterValue) AND attribute_not_exists(documentNumber)"
        if "counterValue" in item:
            values[":before"] = item["counterValue"]
            condition = "counterValue = :before"
            if self.leave_gap:
                condition = "counterValue >= :before AND counterValue < :last"
        refusals = self.dynamodb.exceptions
        try:
            written = self.dynamodb.update_item(
                TableName=self.table,
                Key={"systemKey": {"S": self.key}},
                UpdateExpression="SET counterValue = :last",
                ConditionExpression=f"attribute_exists(systemKey) AND {condition}",
                ExpressionAttributeValues=values,
                ReturnValues="UPDATED_OLD",
            )
        # A document gets its number at this moment, or it has changed the key before.
        except (refusals.TransactionConflictException, refusals.ConditionalCheckFailedException):
            return None
        before: dict[str, Any] = written.get("Attributes", {})
        return before
