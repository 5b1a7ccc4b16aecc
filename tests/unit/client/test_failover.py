"""With several URLs, a client uses the first that works and keeps every promise."""

import asyncio
import re
import socket
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from uuid import uuid4

import pytest
from botocore.credentials import Credentials

from atomic_counter.client import (
    AsyncCounterClient,
    CounterClient,
    CounterRefusedError,
    CounterUnavailableError,
)
from atomic_counter.client.http.endpoints import Endpoint, Failover
from atomic_counter.client.iam import IamAuth
from tests.fake_counter import FakeCounter, Fault, fake_counter, throttled
from tests.unit.client.fakes import FakeClock

FIRST, SECOND, THIRD = (Endpoint(f"http://{name}/counter", None) for name in "abc")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def failover(clock: FakeClock) -> Failover:
    return Failover([FIRST, SECOND, THIRD], 30, clock)


def test_first_working_endpoint_is_selected(failover: Failover) -> None:
    assert failover.select() is FIRST
    assert failover.failed(FIRST)
    assert failover.select() is SECOND
    assert failover.failed(SECOND)
    assert failover.select() is failover.select() is THIRD


def test_one_request_probes_the_first_endpoint_after_a_while(
    failover: Failover, clock: FakeClock
) -> None:
    failover.failed(FIRST)
    clock.seconds = 29
    assert failover.select() is SECOND
    clock.seconds = 30
    assert [failover.select(), failover.select(), failover.select()] == [FIRST, SECOND, SECOND]


def test_all_requests_return_after_a_successful_probe(failover: Failover, clock: FakeClock) -> None:
    failover.failed(FIRST)
    clock.seconds = 30
    failover.succeeded(failover.select())
    assert failover.select() is failover.select() is FIRST


def test_failed_probe_postpones_the_return(failover: Failover, clock: FakeClock) -> None:
    failover.failed(FIRST)
    clock.seconds = 30
    assert failover.failed(failover.select())
    clock.seconds = 59
    assert failover.select() is SECOND


def test_endpoints_take_turns_if_none_works(failover: Failover, clock: FakeClock) -> None:
    selected = []
    for seconds in range(6):
        clock.seconds = seconds
        selected.append(failover.select())
        has_alternative = failover.failed(selected[-1])
        assert has_alternative == (seconds < 2)
    assert selected == [FIRST, SECOND, THIRD] * 2


@pytest.fixture
def other() -> Iterator[FakeCounter]:
    """The second Region, which counts in the same table as the first."""
    with fake_counter() as other:
        yield other


@pytest.fixture
def regions(fake: FakeCounter, other: FakeCounter) -> list[str]:
    """The URLs of both Regions."""
    other.share_table_of(fake)
    return [fake.url, other.url]


@pytest.fixture
def key() -> str:
    return str(uuid4())


def test_second_region_is_used_only_while_the_first_fails(
    regions: list[str], fake: FakeCounter, other: FakeCounter, key: str
) -> None:
    client = CounterClient(regions)
    assert (client.next(key), len(other.requests)) == (1, 0)
    fake.fault = lambda: Fault(503, {"Retry-After": "3600"})
    assert [client.next(key), client.current(key), client.next(key)] == [2, 2, 3]
    assert (len(fake.requests), len(other.requests)) == (2, 3)


def test_number_lost_with_a_region_is_returned_by_the_next(
    regions: list[str], fake: FakeCounter, other: FakeCounter, key: str
) -> None:
    fake.faults.append(Fault(is_lost=True))
    client = CounterClient(regions)
    assert [client.next(key), client.next(key)] == [1, 2]
    assert fake.requests[0].query == other.requests[0].query


def test_unreachable_region_is_skipped(other: FakeCounter, key: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        gone = f"http://127.0.0.1:{free.getsockname()[1]}/counter"
    assert CounterClient([gone, other.url]).next(key) == 1


def test_client_returns_to_the_first_region(
    regions: list[str], fake: FakeCounter, other: FakeCounter, key: str
) -> None:
    fake.faults.append(Fault(500))
    client = CounterClient(regions, return_after=0.05)
    assert (client.next(key), len(other.requests)) == (1, 1)
    while len(fake.requests) == 1:
        client.next(key)
    in_second = len(other.requests)
    client.next(key)
    assert (len(fake.requests), len(other.requests)) == (3, in_second)


@pytest.mark.parametrize("status", [400, 429])
def test_region_that_refuses_or_throttles_counts_as_working(
    regions: list[str], fake: FakeCounter, other: FakeCounter, key: str, status: int
) -> None:
    fake.faults.append(Fault(500))
    client = CounterClient(regions, return_after=0.05)
    client.next(key)
    fake.faults.append(Fault(status))
    while len(fake.requests) == 1:
        with suppress(CounterRefusedError):
            client.next(key)
    in_second = len(other.requests)
    client.next(key)
    assert (fake.faults, len(other.requests)) == (deque(), in_second)


def test_throttled_request_stays_at_its_url(
    regions: list[str], fake: FakeCounter, other: FakeCounter, key: str
) -> None:
    fake.faults.append(throttled(1))
    assert CounterClient(regions).next(key) == 1
    assert (len(fake.requests), other.requests) == (2, [])
    assert fake.requests[1].seconds - fake.requests[0].seconds >= 1


def test_without_any_region_the_client_is_unavailable_at_the_deadline(
    regions: list[str], fake: FakeCounter, other: FakeCounter, key: str
) -> None:
    fake.fault = other.fault = lambda: Fault(500)
    with pytest.raises(CounterUnavailableError):
        CounterClient(regions, deadline=0.5).next(key)
    assert fake.requests
    assert other.requests


def test_blocks_continue_in_the_second_region(
    regions: list[str], fake: FakeCounter, other: FakeCounter, key: str
) -> None:
    with CounterClient(regions) as client:
        counter = client.counter(key, block=10)
        numbers = list(islice(counter, 15))
        fake.fault = lambda: Fault(500)
        numbers += islice(counter, 30)
    assert len(set(numbers)) == 45
    assert other.requests


def test_asyncio_programs_continue_in_the_second_region(
    regions: list[str], fake: FakeCounter, key: str
) -> None:
    async def run() -> list[int]:
        async with AsyncCounterClient(regions) as client:
            first = await client.next(key)
            fake.fault = lambda: Fault(500)
            return [first, await client.next(key), *await client.reserve(key, 2)]

    assert asyncio.run(run()) == [1, 2, 3, 4]


def test_each_region_gets_its_own_api_key(
    regions: list[str], fake: FakeCounter, other: FakeCounter, key: str
) -> None:
    fake.faults.append(Fault(500))
    CounterClient(regions, api_key=["one", "two"]).next(key)
    assert [r.headers["x-api-key"] for r in (*fake.requests, *other.requests)] == ["one", "two"]


def test_each_request_is_signed_for_the_region_of_its_url() -> None:
    auth = IamAuth(credentials=Credentials("id", "secret"))
    for region in ("us-east-1", "us-east-2"):
        host = f"abc123.execute-api.{region}.amazonaws.com"
        request = auth(Endpoint(f"https://{host}/prod/counter", None).prepare("post"))
        assert re.search(f"/{region}/execute-api/", request.headers["Authorization"])


def test_return_after_that_is_not_positive_is_refused() -> None:
    with pytest.raises(ValueError, match="return_after must be a number of seconds above 0, got 0"):
        CounterClient("http://a", return_after=0)


def test_empty_list_of_urls_is_refused() -> None:
    with pytest.raises(ValueError, match=r"or several, got \[\]"):
        CounterClient([])


def test_number_of_api_keys_must_match_number_of_urls() -> None:
    with pytest.raises(ValueError, match="one for each of 2 URLs, got 1"):
        CounterClient(["http://a", "http://b"], api_key=["one"])
