"""Copies the items of one table to another: counters first, then documents."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from atomic_counter.commands.migrate.outcomes import MIXED, MigratedCounter
from atomic_counter.commands.migrate.target import Target, is_whole
from atomic_counter.tooling.errors import CommandError
from atomic_counter.tooling.parallel import in_parallel

# How far the value is ahead of the last number issued, by the name of the source's key. The 2021
# pattern stores the next number.
VALUE_AHEAD = {"systemKey": 0, "atomicCounter": 1}
# The number of connections that a boto3 client keeps.
THREADS = 10
# A number of DynamoDB has at most 38 digits.
NUMBER_LIMIT = 10**38


def migrate_counters(
    dynamodb: Any, source: str, target: str, *, ahead: int = 0, dry_run: bool = False
) -> Iterator[MigratedCounter]:
    """Copy every counter and document, ten at a time, and return the outcomes.

    Args:
        dynamodb: A boto3 client.
        source: The name of the table to read.
        target: The name of this stack's table.
        ahead: Numbers to skip: more than the source has issued without storing them, or issues
            meanwhile. Default: 0.
        dry_run: Whether to write nothing, and only return the outcomes. Default: False.

    Raises:
        CommandError: The source has another key.
        botocore.exceptions.ClientError: DynamoDB refuses, such as for a missing table.
    """
    copy = Target(dynamodb, target, dry_run=dry_run)
    yield from _Migration(dynamodb, source, copy, ahead).run()


class _Migration:
    """Copies the items of the table `source` to a target."""

    def __init__(self, dynamodb: Any, source: str, target: Target, ahead: int) -> None:
        self._dynamodb = dynamodb
        self._source = source
        self._target = target
        self._ahead = ahead
        self._key_name = _key_name(dynamodb, source)
        self._highest: dict[str, int] = {}

    def run(self) -> Iterator[MigratedCounter]:
        """Copy all counters, and then all documents, whose numbers the target can't issue then."""
        counters = in_parallel(lambda item: list(self._copy_counter(item)), self._items(), THREADS)
        yield from chain.from_iterable(counters)
        if not self._highest:
            return
        self._target.read_documents()
        for key, number in sorted(self._highest.items()):
            yield from self._target.cover(key, number)
        documents = filter(self._is_document, self._items())
        yield from in_parallel(self._copy_document, documents, THREADS)

    def _items(self) -> Iterator[dict[str, Any]]:
        scan = self._dynamodb.get_paginator("scan")
        for page in scan.paginate(TableName=self._source, ConsistentRead=True):
            for item in page["Items"]:
                if self._has_document_key(item) and "documentNumber" in item:
                    key = self._key(item).rpartition("\t")[0]
                    self._highest[key] = max(self._highest.get(key, 0), _document_number(item))
                yield item

    def _key(self, item: dict[str, Any]) -> str:
        key: str = item[self._key_name]["S"]
        return key

    def _has_document_key(self, item: dict[str, Any]) -> bool:
        return self._key_name == "systemKey" and "\t" in self._key(item)

    def _is_document(self, item: dict[str, Any]) -> bool:
        has_number = "documentNumber" in item and "counterValue" not in item
        return has_number and self._has_document_key(item)

    def _copy_counter(self, item: dict[str, Any]) -> Iterable[MigratedCounter]:
        key, has_number = self._key(item), "documentNumber" in item
        if has_number and not self._is_document(item):
            yield MigratedCounter(key, "failed", text=MIXED)
        if "counterValue" not in item and not has_number and not self._ahead:
            yield self._target.register(key)
        elif "counterValue" in item or not has_number:
            last = _last_issued(item, VALUE_AHEAD[self._key_name], self._ahead)
            failed = MigratedCounter(key, "failed")
            yield failed if last is None else self._target.raise_counter(key, last)

    def _copy_document(self, item: dict[str, Any]) -> MigratedCounter:
        key, number = self._key(item), _document_number(item)
        if not number:
            return MigratedCounter(key, "failed")
        return self._target.copy_document(key, number, _time_of_issue(item))


def _time_of_issue(item: dict[str, Any]) -> int | None:
    """Return when a document got its number, or None if that is unknown."""
    value: dict[str, Any] = item.get("issuedAt", {})
    return int(value["N"]) if is_whole(value) else None


def _document_number(item: dict[str, Any]) -> int:
    """Return the number of a document, or 0 if its value isn't one."""
    value: dict[str, Any] = item["documentNumber"]
    return int(value["N"]) if is_whole(value) else 0


def _key_name(dynamodb: Any, source: str) -> str:
    table = dynamodb.describe_table(TableName=source)["Table"]
    types = {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]}
    key = [
        f"{part['AttributeName']} ({types[part['AttributeName']]})" for part in table["KeySchema"]
    ]
    allowed = {f"{name} (S)": name for name in VALUE_AHEAD}
    if len(key) != 1 or key[0] not in allowed:
        raise CommandError(
            f"the key of {source} must be {' or '.join(allowed)}, got {' and '.join(key)}"
        )
    return allowed[key[0]]


def _last_issued(item: dict[str, Any], value_ahead: int, ahead: int) -> int | None:
    value = item.get("counterValue", {"N": str(value_ahead)})
    if not is_whole(value):
        return None
    last = max(0, int(value["N"]) - value_ahead) + ahead
    return last if last < NUMBER_LIMIT else None
