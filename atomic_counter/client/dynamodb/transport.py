"""Requests to DynamoDB, and what their responses mean."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from atomic_counter.client.dynamodb.api import DynamoDbApi
from atomic_counter.client.dynamodb.errors import DynamoDbError
from atomic_counter.client.dynamodb.item_keys import counter_key, document_key
from atomic_counter.client.dynamodb.outcomes import (
    counted,
    document_number,
    last_issued,
    numbers_before,
    remembered,
)
from atomic_counter.client.dynamodb.requests import (
    MAX_ALSO,
    Also,
    Requests,
    TableKeys,
    remembered_request,
)


class DynamoDbTransport:
    """Counts in a table. The methods are those of `Transport`.

    Args:
        api: Calls DynamoDB.
        table: The table's name or ARN.
        keys: Which keys count.
        clock: Returns the seconds since 1970 (UTC). Default: `time.time`.
    """

    def __init__(
        self, api: DynamoDbApi, table: str, keys: TableKeys, clock: Callable[[], float] = time.time
    ) -> None:
        self._api = api
        self._requests = Requests(table, keys)
        self._are_registered = keys == "registered"
        self._clock = clock

    def reserve(self, key: str, count: int, idempotency_key: UUID, seconds: float) -> int:
        """Add `count` to the counter, and return its new value."""
        parameters = self._requests.count(key, count, idempotency_key)
        try:
            response = self._api.call("UpdateItem", parameters, seconds)
        except DynamoDbError as error:
            request = remembered_request(count, idempotency_key)
            return remembered(error, request, are_registered=self._are_registered)
        return counted(response.get("Attributes") or {}, least=count)

    def current(self, key: str, seconds: float) -> int:
        """Return the last number issued, 0 if none."""
        item = self._read(counter_key(key), seconds)
        return last_issued(item, are_registered=self._are_registered)

    def assign(
        self, key: str, document: str, after: int, seconds: float, also: Also | None = None
    ) -> int:
        """Return the number of a document.

        Args:
            key: The counter.
            document: The document.
            after: The last number issued.
            seconds: The time of the request.
            also: Returns more items of the transaction. Default: None, which is none.

        Raises:
            RecordRefusedError: One of these items is refused.
            TypeError: It returns something other than a list of items.
            ValueError: There are more than 98 of them.
        """
        records = _records(also(after + 1)) if also else []
        (number,) = self._assign(key, [document], after, seconds, records)
        return number

    def assign_list(
        self, key: str, documents: Sequence[str], after: int, seconds: float
    ) -> list[int]:
        """Return the numbers of documents."""
        return self._assign(key, documents, after, seconds, [])

    def number_of(self, key: str, document: str, seconds: float) -> int | None:
        """Return the number of a document, or None if it has none."""
        return document_number(self._read(document_key(key, document), seconds))

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

    def _read(self, item_key: str, seconds: float) -> Mapping[str, Any]:
        response = self._api.call("GetItem", self._requests.read(item_key), seconds)
        return response.get("Item") or {}

    def _assign(
        self,
        key: str,
        documents: Sequence[str],
        after: int,
        seconds: float,
        also: Sequence[Mapping[str, Any]],
    ) -> list[int]:
        milliseconds = int(self._clock() * 1000)
        parameters = self._requests.assign(key, documents, after, milliseconds, also)
        try:
            self._api.call("TransactWriteItems", parameters, seconds)
        except DynamoDbError as error:
            registered = self._are_registered
            return numbers_before(error, len(documents), also, are_registered=registered)
        return list(range(after + 1, after + 1 + len(documents)))


def _records(returned: Any) -> Sequence[Mapping[str, Any]]:
    """Return what `also` returned, if it's a list of items."""
    is_list = isinstance(returned, Iterable) and not isinstance(returned, Mapping)
    records: list[Any] = list(returned) if is_list else [None]
    if not all(isinstance(record, Mapping) for record in records):
        raise TypeError(f'also must return a list of items such as {{"Put": …}}, got {returned!r}')
    if len(records) > MAX_ALSO:
        raise ValueError(f"also must return at most {MAX_ALSO} items, got {len(records)}")
    return records
