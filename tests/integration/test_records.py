"""A record of the caller and the number of its document are written in one transaction."""

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import boto3
import pytest

from atomic_counter.client import (
    AsyncTableClient,
    LimitReachedError,
    RecordRefusedError,
    TableClient,
)
from atomic_counter.options import AppOptions
from tests.counter_under_test import LOCAL, local_table
from tests.integration.records import ORDERS, create_orders, record
from tests.integration.transports import Reachable, reachable


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reachable]:
    options = AppOptions(documents=True)
    with reachable(options, tmp_path_factory.mktemp("records"), lose_one_in=2) as served:
        create_orders(served.counter)
        yield served


@pytest.fixture
def client(served: Reachable) -> Iterator[TableClient]:
    with served.table_client() as client:
        yield client


@pytest.fixture
def orders(served: Reachable) -> Any:
    return local_table(served.counter.endpoint, ORDERS)


@pytest.fixture
def key() -> str:
    return str(uuid4())


def number_of_record(orders: Any, document: str) -> int | None:
    item = orders.get_item(Key={"id": document}).get("Item")
    return item and int(item["number"])


def test_record_is_written_once_although_every_second_response_is_lost(
    client: TableClient, orders: Any, key: str
) -> None:
    for expected in (1, 2, 3):
        document = f"{key} {expected}"
        for _ in range(2):
            number = client.assign(key, document, also=lambda n, d=document: [record(d, n)])  # type: ignore[misc]
            assert number == expected == number_of_record(orders, document)
    assert client.current(key) == 3


def test_refused_record_is_named_and_leaves_no_number(
    client: TableClient, orders: Any, key: str
) -> None:
    orders.put_item(Item={"id": key, "number": 0})
    records = [record(f"new {key}", 1), record(key, 1)]
    with pytest.raises(RecordRefusedError, match=r"item 1 of also \(Put in orders\)") as error:
        client.assign(key, "a", also=lambda _: records)
    assert (error.value.index, error.value.item) == (1, records[1])
    assert error.value.reason["Code"] == "ConditionalCheckFailed"
    assert (client.current(key), client.number_of(key, "a")) == (0, None)
    assert number_of_record(orders, f"new {key}") is None


def test_document_that_has_a_number_writes_no_record(
    client: TableClient, orders: Any, key: str
) -> None:
    assert client.assign(key, "a") == 1
    assert client.assign(key, "a", also=lambda n: [record(key, n)]) == 1
    assert number_of_record(orders, key) is None


def test_record_gets_the_number_that_is_issued(client: TableClient, orders: Any, key: str) -> None:
    with_other = [client.assign(key, document) for document in ("a", "b")]
    client._calls.documents._last.clear()
    tried: list[int] = []

    def also(number: int) -> list[dict[str, Any]]:
        tried.append(number)
        return [record(key, number)]

    assert client.assign(key, "c", also=also) == 3 == number_of_record(orders, key)
    assert (with_other, tried[0], tried[-1]) == ([1, 2], 1, 3)


def test_transaction_has_up_to_98_records(client: TableClient, orders: Any, key: str) -> None:
    def also(number: int) -> list[dict[str, Any]]:
        return [record(f"{key} {index}", number) for index in range(98)]

    assert client.assign(key, "a", also=also) == 1
    assert number_of_record(orders, f"{key} 97") == 1


def test_record_of_a_document_above_the_limit_is_not_written(
    client: TableClient, orders: Any, key: str
) -> None:
    client.assign(key, "a")
    with pytest.raises(LimitReachedError):
        client.assign(key, "b", limit=1, also=lambda n: [record(key, n)])
    assert number_of_record(orders, key) is None


def test_error_of_the_caller_passes_and_issues_no_number(client: TableClient, key: str) -> None:
    def also(_: int) -> list[dict[str, Any]]:
        raise LookupError("no such order")

    with pytest.raises(LookupError, match="no such order"):
        client.assign(key, "a", also=also)
    assert (client.current(key), client.assign(key, "b")) == (0, 1)


def test_asyncio_client_writes_records(served: Reachable, orders: Any, key: str) -> None:
    async def run() -> int:
        session, url = boto3.Session(**LOCAL), served.proxy.endpoint
        table = served.counter.table.name
        async with AsyncTableClient(table, session=session, endpoint_url=url) as client:
            return await client.assign(key, "a", also=lambda n: [record(key, n)])

    assert asyncio.run(run()) == 1 == number_of_record(orders, key)
