"""Reads the keys of a table."""

from dataclasses import dataclass
from typing import Any

from atomic_counter.tooling.items import OnPage, last_number, scan_items


@dataclass
class ListedKey:
    """A key, as far as its table is read.

    Attributes:
        last: The last number that was issued: 0 if none. None: the stored value isn't one.
        documents: How many documents have a number.
    """

    last: int | None = 0
    documents: int = 0


def list_keys(dynamodb: Any, table: str, on_page: OnPage) -> dict[str, ListedKey]:
    """Return the keys of a table in their order, of which only the documents' items aren't keys.

    A key that has documents and no counter is one, too. Arguments and errors are those of
    `scan_items`.
    """
    found: dict[str, ListedKey] = {}
    attributes = "systemKey, counterValue, documentNumber"
    for key, item in scan_items(dynamodb, table, attributes, on_page):
        if is_key(item):
            found.setdefault(key, ListedKey()).last = last_of(item)
        if "documentNumber" in item:
            found.setdefault(key.rpartition("\t")[0], ListedKey()).documents += 1
    return dict(sorted(found.items()))


def highest_document(dynamodb: Any, table: str, key: str, on_page: OnPage) -> int | None:
    """Return the highest number of a document of a key, or None if it has no documents.

    Arguments and errors are those of `scan_items`.
    """
    filtered = {
        "FilterExpression": "begins_with(systemKey, :prefix) AND attribute_exists(documentNumber)",
        "ExpressionAttributeValues": {":prefix": {"S": f"{key}\t"}},
    }
    items = scan_items(dynamodb, table, "systemKey, documentNumber", on_page, **filtered)
    # The documents of other keys can begin alike, such as those of the key and a tab.
    own = (item for found, item in items if found.rpartition("\t")[0] == key)
    return max((last_number(item["documentNumber"]) or 0 for item in own), default=None)


def is_key(item: dict[str, Any]) -> bool:
    """Return whether an item is a key, and not only that of a document."""
    return "counterValue" in item or "documentNumber" not in item


def last_of(item: dict[str, Any]) -> int | None:
    """Return the last number of a key from its item, or None if the stored value isn't one."""
    return last_number(item.get("counterValue", {"N": "0"}))
