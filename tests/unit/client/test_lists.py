"""Many documents get their numbers in lists of up to 99, whatever comes between."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from uuid import uuid4

import pytest

from atomic_counter.client import (
    AsyncCounterClient,
    CounterClient,
    CounterRefusedError,
    CounterUnavailableError,
    UnexpectedResponseError,
)
from tests.fake_counter import FakeCounter, Fault, throttled


@pytest.fixture
def client(fake: FakeCounter) -> CounterClient:
    return CounterClient(fake.url)


@pytest.fixture
def key() -> str:
    return str(uuid4())


def names(size: int) -> list[str]:
    return [f"document {number}" for number in range(size)]


@pytest.mark.parametrize(("size", "requests"), [(0, 0), (1, 1), (99, 1), (100, 2), (250, 3)])
def test_documents_get_numbers_in_order_in_lists_of_up_to_99(
    client: CounterClient, fake: FakeCounter, key: str, size: int, requests: int
) -> None:
    assert client.assign_many(key, names(size)) == list(range(1, size + 1))
    assert len(fake.requests) == requests


def test_documents_with_numbers_keep_them_and_the_others_get_the_next_ones(
    client: CounterClient, key: str
) -> None:
    assert client.assign_many(key, ["c", "a"]) == [1, 2]
    assert client.assign_many(key, ["a", "b", "c", "d"]) == [2, 3, 1, 4]
    assert client.assign_many(key, ["d", "c", "b", "a"]) == [4, 1, 3, 2]
    assert client.assign(key, "e") == 5


def test_same_document_twice_has_one_number(client: CounterClient, key: str) -> None:
    assert client.assign_many(key, ["a", "b", "a"]) == [1, 2, 1]


def test_lost_responses_change_no_number(
    client: CounterClient, fake: FakeCounter, key: str
) -> None:
    lost = count()
    fake.fault = lambda: Fault(is_lost=next(lost) % 2 == 0)
    assert client.assign_many(key, names(200)) == list(range(1, 201))
    assert client.current(key) == 200


def test_client_that_another_one_overtakes_continues(fake: FakeCounter, key: str) -> None:
    first, second = CounterClient(fake.url), CounterClient(fake.url)
    assert first.assign_many(key, names(3)) == [1, 2, 3]
    assert second.assign_many(key, ["x", "y"]) == [4, 5]
    assert first.assign_many(key, ["z"]) == [6]


def test_two_runs_of_the_same_documents_at_once_end_with_the_same_numbers(
    fake: FakeCounter, key: str
) -> None:
    clients = [CounterClient(fake.url) for _ in range(4)]
    lists = [names(150), names(150)[::-1], names(150)[50:], names(150)[:120]]
    with ThreadPoolExecutor(4) as threads:
        runs = list(
            threads.map(
                lambda pair: pair[0].assign_many(key, pair[1]), zip(clients, lists, strict=True)
            )
        )
    found = [dict(zip(*pair, strict=True)) for pair in zip(lists, runs, strict=True)]
    assert sorted(found[0].values()) == list(range(1, 151))
    assert all(run.items() <= found[0].items() for run in found)


def test_error_has_the_numbers_so_far(client: CounterClient, fake: FakeCounter, key: str) -> None:
    fake.faults.extend([Fault(), Fault(403)])
    with pytest.raises(CounterRefusedError) as error:
        client.assign_many(key, names(150))
    assert error.value.numbers == dict(zip(names(99), range(1, 100), strict=True))
    assert client.assign_many(key, names(150)) == list(range(1, 151))


def test_error_has_the_numbers_that_documents_had_before(
    client: CounterClient, fake: FakeCounter, key: str
) -> None:
    client.assign(key, "a")
    fake.faults.extend([Fault(), Fault(403)])
    with pytest.raises(CounterRefusedError) as error:
        client.assign_many(key, ["a", "b"])
    assert error.value.numbers == {"a": 1}


def test_each_request_has_the_time_of_the_deadline(fake: FakeCounter, key: str) -> None:
    client = CounterClient(fake.url, deadline=0.5)
    fake.fault = lambda: Fault(delay_seconds=0.3)
    assert client.assign_many(key, names(300)) == list(range(1, 301))


def test_throttled_list_is_retried_until_the_deadline(fake: FakeCounter, key: str) -> None:
    client = CounterClient(fake.url, deadline=0.2)
    fake.fault = throttled
    with pytest.raises(CounterUnavailableError):
        client.assign_many(key, ["a"])


@pytest.mark.parametrize(
    "body",
    ["1", "[]", "[1]", "[1, 2, 3]", "[1, null]", "[0, 1]", "[1.0, 2]", '["1", "2"]', "[1, 2"],
)
def test_response_that_is_no_list_of_numbers_is_not_returned(
    fake: FakeCounter, key: str, body: str
) -> None:
    client = CounterClient(fake.url, deadline=0.2)
    fake.fault = lambda: Fault(200, body=body)
    with pytest.raises(UnexpectedResponseError):
        client.assign_many(key, ["a", "b"])


@pytest.mark.parametrize("numbers", [[None, None], [1, 2], [1], [1, None, 2], ["1", None]])
def test_conflict_whose_numbers_are_wrong_is_an_error(
    client: CounterClient, fake: FakeCounter, key: str, numbers: list[object]
) -> None:
    body = json.dumps({"message": "some", "numbers": numbers})
    fake.faults.append(Fault(409, body=body))
    with pytest.raises(CounterRefusedError, match="some"):
        client.assign_many(key, ["a", "b"])


@pytest.mark.parametrize("documents", [["a", 1], [None], "ab"])
def test_document_that_is_no_string_is_an_error(
    client: CounterClient, fake: FakeCounter, key: str, documents: list[str]
) -> None:
    with pytest.raises(TypeError, match="document"):
        client.assign_many(key, documents)
    assert fake.requests == []


def test_asyncio_client_assigns_lists_as_well(fake: FakeCounter, key: str) -> None:
    async def run() -> list[int]:
        async with AsyncCounterClient(fake.url) as client:
            return await client.assign_many(key, names(100))

    assert asyncio.run(run()) == list(range(1, 101))
