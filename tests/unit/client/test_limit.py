"""A document never gets a number above the caller's limit."""

import asyncio
from collections.abc import Iterator
from functools import partial
from uuid import uuid4

import pytest

from atomic_counter.client import AsyncCounterClient, CounterClient, LimitReachedError
from tests.fake_counter import FakeCounter, Fault


@pytest.fixture
def key() -> str:
    return str(uuid4())


@pytest.fixture
def client(fake: FakeCounter) -> Iterator[CounterClient]:
    with CounterClient(fake.url) as client:
        yield client


def test_limit_is_the_last_number_that_a_document_gets(
    client: CounterClient, fake: FakeCounter, key: str
) -> None:
    fake.set_back(key, 98)
    assert client.assign(key, "fits", limit=99) == 99
    with pytest.raises(LimitReachedError, match="must be at most 99") as error:
        client.assign(key, "too much", limit=99)
    assert (error.value.limit, client.current(key)) == (99, 99)


def test_document_of_a_full_series_keeps_its_number(fake: FakeCounter, key: str) -> None:
    with CounterClient(fake.url) as first, CounterClient(fake.url) as second:
        assert first.assign_many(key, list("xyz"), limit=3) == [1, 2, 3]
        assert second.assign(key, "y", limit=2) == 2
        assert first.assign(key, "y", limit=3) == 2
        assert first.assign_many(key, ["z", "x"], limit=3) == [3, 1]


def test_list_that_does_not_fit_issues_no_number(
    client: CounterClient, fake: FakeCounter, key: str
) -> None:
    fake.set_back(key, 7)
    for limit in (2, 9):
        with pytest.raises(LimitReachedError):
            client.assign_many(key, list("xyz"), limit=limit)
    assert client.current(key) == 7


def test_documents_of_a_list_without_a_number_get_the_ones_that_are_left(
    client: CounterClient, key: str
) -> None:
    assert client.assign_many(key, list("xyz")) == [1, 2, 3]
    assert client.assign_many(key, list("wxyz"), limit=4) == [4, 1, 2, 3]
    with pytest.raises(LimitReachedError) as error:
        client.assign_many(key, list("vwx"), limit=4)
    assert (error.value.numbers, client.current(key)) == ({"w": 4, "x": 1}, 4)


def test_client_that_skips_ahead_stays_below_the_limit(
    client: CounterClient, fake: FakeCounter, key: str
) -> None:
    fake.set_back(key, 8)
    stale = (Fault(412, {"Last-Number": number}) for number in ("2", "8", "8"))
    fake.faults.extend(stale)
    assert client.assign(key, "x", limit=9) == 9
    assert max(int(request.query["after"][0]) for request in fake.requests) == 8


@pytest.mark.parametrize("limit", [0, -1, True, 1.0, "9"])
def test_limit_is_a_whole_number_above_0(client: CounterClient, limit: int) -> None:
    calls = partial(client.assign, "a", "x"), partial(client.assign_many, "a", ["x"])
    for call in calls:
        with pytest.raises(ValueError, match="limit must be a whole number above 0, got"):
            call(limit=limit)


def test_asyncio_client_has_the_same_limit(fake: FakeCounter, key: str) -> None:
    async def run() -> None:
        async with AsyncCounterClient(fake.url) as client:
            assert await client.assign_many(key, ["x"], limit=1) == [1]
            await client.assign(key, "y", limit=1)

    with pytest.raises(LimitReachedError):
        asyncio.run(run())
