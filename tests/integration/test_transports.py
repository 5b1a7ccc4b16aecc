"""A counter is the same over HTTP and by DynamoDB's API."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from uuid import uuid4

import boto3
import pytest

from atomic_counter.client import (
    AsyncTableClient,
    CounterClient,
    CounterRefusedError,
    TableClient,
)
from atomic_counter.options import AppOptions
from tests.counter_under_test import LOCAL, UNCOUNTABLE
from tests.integration.transports import TRANSPORTS, Reachable, Transport, reachable

HOSTILE = [
    "o'brien \"\\",
    "a\tb",
    "line\nbreak",
    "$x #set {}",
    "Zürich 🏔",
    "\x00\x1b[31m",
    "x" * 2048,
]
REFUSED = ["", " \t\u3000", "\ufffd", "é" * 1025]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reachable]:
    with reachable(AppOptions(), tmp_path_factory.mktemp("open")) as served:
        yield served


@pytest.fixture
def client(served: Reachable, transport: Transport) -> Iterator[CounterClient | TableClient]:
    with served.client(transport) as client:
        yield client


@pytest.fixture
def key() -> str:
    return str(uuid4())


def test_numbers_follow_each_other(client: CounterClient | TableClient, key: str) -> None:
    assert (client.current(key), client.next(key)) == (0, 1)
    assert (client.reserve(key, 1000), client.next(key)) == (range(2, 1002), 1002)
    assert client.current(key) == 1002


def test_transports_count_in_one_table(served: Reachable, key: str) -> None:
    with served.client("http") as http, served.client("table") as table:
        assert [http.next(key), table.next(key), table.next(key), http.next(key)] == [1, 2, 3, 4]
        assert http.current(key) == table.current(key) == 4


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_key_is_any_string(served: Reachable, hostile: str) -> None:
    numbers = [served.client(transport).next(hostile) for transport in TRANSPORTS[::-1]]
    assert numbers == [1, 2]


@pytest.mark.parametrize("refused", REFUSED, ids=range(len(REFUSED)))
def test_key_that_breaks_the_rule_is_refused(
    client: CounterClient | TableClient, refused: str
) -> None:
    for call in (client.next, client.current):
        with pytest.raises(CounterRefusedError, match=r"2048|systemKey") as error:
            call(refused)
        assert error.value.status == 400


@pytest.mark.parametrize("value", ["text", -1, "1.5", "9" * 38])
def test_value_that_is_not_a_number_to_count_from_is_a_conflict(
    served: Reachable, client: CounterClient | TableClient, key: str, value: str | int
) -> None:
    number = {"S": value} if value == "text" else {"N": str(value)}
    dynamodb = served.counter.table.meta.client
    item = {"systemKey": key, "counterValue": "text" if "S" in number else _decimal(value)}
    dynamodb.put_item(TableName=served.counter.table.name, Item=item)
    with pytest.raises(CounterRefusedError, match=UNCOUNTABLE) as error:
        client.next(key)
    assert error.value.status == 409


def _decimal(value: str | int) -> object:
    return boto3.dynamodb.types.DYNAMODB_CONTEXT.create_decimal(value)


def test_fraction_is_not_issued(
    served: Reachable, client: CounterClient | TableClient, key: str
) -> None:
    served.counter.table.put_item(Item={"systemKey": key, "counterValue": _decimal("1.5")})
    with pytest.raises(CounterRefusedError, match=UNCOUNTABLE):
        client.current(key)


def test_retry_of_one_transport_is_recognized_by_the_other(served: Reachable, key: str) -> None:
    with served.client("http") as http, served.client("table") as table:
        for first, second in ((http, table), (table, http)):
            unique = uuid4()
            number = first.reserve(key, 5, idempotency_key=unique)
            assert second.reserve(key, 5, idempotency_key=str(unique).upper()) == number
            assert second.reserve(key, 4, idempotency_key=unique)[0] == number[-1] + 1


def test_items_of_both_transports_look_the_same(served: Reachable, key: str) -> None:
    forms = []
    for transport in TRANSPORTS:
        of_transport, unique = f"{key} {transport}", uuid4()
        served.client(transport).reserve(of_transport, 7, idempotency_key=unique)
        item = served.counter.table.get_item(Key={"systemKey": of_transport})["Item"]
        slot = str(unique)[-1]
        assert item.pop(f"r{slot}") == f"{unique} 7"
        forms.append({"slot": item.pop(f"n{slot}"), **item, "systemKey": key})
    assert forms[0] == forms[1] == {"slot": 7, "counterValue": 7, "systemKey": key}


def test_blocks_of_threads_have_no_duplicates(served: Reachable, key: str) -> None:
    clients = [served.client(transport) for transport in TRANSPORTS]
    counters = [client.counter(key, block=10) for client in clients for _ in range(2)]
    with ThreadPoolExecutor(8) as threads:
        found = threads.map(lambda counter: list(islice(counter, 100)), counters * 2)
        numbers = [number for numbers in found for number in numbers]
    assert len(set(numbers)) == len(numbers) == 800


def test_asyncio_client_of_a_table_counts(served: Reachable, key: str) -> None:
    async def run() -> list[object]:
        table, endpoint = served.counter.table.name, served.proxy.endpoint
        async with AsyncTableClient(
            table, session=boto3.Session(**LOCAL), endpoint_url=endpoint
        ) as client:
            tickets = client.counter(key, block=2)
            return [await client.next(key), await client.current(key), await anext(tickets)]

    assert asyncio.run(run()) == [1, 1, 2]


@pytest.fixture(scope="module")
def losing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reachable]:
    with reachable(AppOptions(), tmp_path_factory.mktemp("losing"), lose_one_in=5) as served:
        yield served


def test_lost_responses_skip_no_number(losing: Reachable, transport: Transport, key: str) -> None:
    with losing.client(transport) as client, ThreadPoolExecutor(8) as threads:
        numbers = sorted(threads.map(lambda _: client.next(key), range(200)))
    assert numbers == list(range(1, 201))


def test_clients_of_both_transports_lose_no_number_with_slots_of_their_own(
    losing: Reachable, key: str
) -> None:
    clients = [losing.client(TRANSPORTS[n % 2], slots=f"{n:x}") for n in range(8)]
    with ThreadPoolExecutor(8) as threads:
        found = threads.map(lambda client: [client.next(key) for _ in range(25)], clients)
        numbers = sorted(number for numbers in found for number in numbers)
    assert numbers == list(range(1, 201))


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reachable]:
    options = AppOptions(keys="registered")
    with reachable(options, tmp_path_factory.mktemp("registered")) as served:
        yield served


def test_only_registered_keys_count(registered: Reachable, transport: Transport, key: str) -> None:
    client = registered.client(transport)
    for call in (client.next, client.current):
        with pytest.raises(CounterRefusedError, match="is not registered") as error:
            call(key)
        assert error.value.status == 404
    registered.counter.table.put_item(Item={"systemKey": key})
    assert (client.current(key), client.next(key)) == (0, 1)


def test_keys_must_be_open_or_registered() -> None:
    with pytest.raises(ValueError, match="keys must be 'open' or 'registered', got 'closed'"):
        TableClient("counters", keys="closed")  # type: ignore[arg-type]
