"""The client returns numbers, retries transient failures, and reports errors."""

import pickle
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from typing import Any
from uuid import UUID, uuid4

import pytest

from atomic_counter.client import (
    CounterClient,
    CounterError,
    CounterRefusedError,
    CounterUnavailableError,
    UnexpectedResponseError,
)
from tests.fake_counter import FakeCounter, Fault, throttled

SLOTS = 16


@pytest.fixture
def client(fake: FakeCounter) -> CounterClient:
    return CounterClient(fake.url)


@pytest.fixture
def key() -> str:
    return str(uuid4())


def test_next_returns_one_number_after_another(client: CounterClient, key: str) -> None:
    assert [client.next(key) for _ in range(3)] == [1, 2, 3]


def test_reserved_range_belongs_to_the_caller(client: CounterClient, key: str) -> None:
    assert (client.next(key), client.reserve(key, 10), client.next(key)) == (1, range(2, 12), 12)


def test_current_counts_nothing(client: CounterClient, key: str) -> None:
    client.reserve(key, 7)
    assert (client.current(key), client.current(key)) == (7, 7)


@pytest.mark.parametrize("key", ["o'brien & sons", "50%+1=?#", "Zürich 🏔", 'a "b"\\\n;c'])
def test_key_is_any_string(client: CounterClient, fake: FakeCounter, key: str) -> None:
    client.next(key)
    query = fake.requests[0].query
    assert (query["systemKey"], query["count"]) == ([key], ["1"])


def test_counting_request_is_a_post_of_json_with_the_api_key(fake: FakeCounter, key: str) -> None:
    CounterClient(fake.url, api_key="secret").next(key)
    [request] = fake.requests
    assert (request.http_method, request.path) == ("POST", "/prod/counter")
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["x-api-key"] == "secret"


def test_url_can_have_the_query_string_of_the_output(fake: FakeCounter, key: str) -> None:
    assert CounterClient(f"{fake.url}?systemKey=system-aa").next(key) == 1


def test_requests_share_one_connection(client: CounterClient, fake: FakeCounter, key: str) -> None:
    for _ in range(5):
        client.next(key)
    assert len({request.connection for request in fake.requests}) == 1


@pytest.mark.parametrize(
    "fault",
    [throttled(0), Fault(500), Fault(503, {"Retry-After": "soon"}, body="<html>")],
)
def test_transient_failures_are_retried(
    client: CounterClient, fake: FakeCounter, key: str, fault: Fault
) -> None:
    fake.faults.extend([fault] * 2)
    assert [client.next(key), client.next(key)] == [1, 2]
    assert len(fake.requests) == 4


def test_lost_response_skips_no_number(client: CounterClient, fake: FakeCounter, key: str) -> None:
    fake.faults.extend([Fault(is_lost=True)] * 2)
    assert [client.next(key), client.next(key), client.reserve(key, 3)] == [1, 2, range(3, 6)]


def test_retries_keep_the_idempotency_key_of_their_request(
    client: CounterClient, fake: FakeCounter, key: str
) -> None:
    fake.faults.append(Fault(500))
    numbers = [client.next(key), client.next(key), *client.reserve(key, 2)]
    first, again, *others = [request.query["idempotencyKey"] for request in fake.requests]
    assert (numbers, first) == ([1, 2, 3, 4], again)
    assert len({first[0], *(other for [other] in others)}) == 3


def test_concurrent_requests_use_different_slots(
    client: CounterClient, fake: FakeCounter, key: str
) -> None:
    fake.fault = lambda: Fault(delay_seconds=0.2)
    with ThreadPoolExecutor(SLOTS) as pool:
        list(pool.map(lambda _: client.next(key), range(SLOTS)))
    assert len({request.query["idempotencyKey"][0][-1] for request in fake.requests}) == SLOTS


@pytest.mark.parametrize("as_given", [UUID, str, str.upper])
def test_job_that_runs_again_with_same_idempotency_key_gets_same_number(
    fake: FakeCounter, key: str, as_given: Callable[[str], Any]
) -> None:
    job = str(uuid4())
    numbers = [CounterClient(fake.url).next(key, idempotency_key=job) for _ in range(2)]
    assert numbers == [1, 1]
    client = CounterClient(fake.url)
    assert client.next(key, idempotency_key=as_given(job)) == 1
    assert client.reserve(key, 2, idempotency_key=job) == range(2, 4)


@pytest.mark.parametrize("wrong", ["order-17", "", 17])
def test_idempotency_key_that_is_not_a_uuid_is_refused_with_advice(
    client: CounterClient, fake: FakeCounter, wrong: Any
) -> None:
    with pytest.raises(ValueError, match=rf"must be a UUID, got {wrong!r}; uuid\.uuid5 makes"):
        client.next("a", idempotency_key=wrong)
    assert fake.requests == []


def test_late_response_is_not_awaited(fake: FakeCounter, key: str) -> None:
    fake.faults.append(Fault(delay_seconds=5))
    assert CounterClient(fake.url, timeout=1).next(key) == 1
    assert fake.requests[1].seconds - fake.requests[0].seconds < 5


def test_unreachable_service_is_unavailable(key: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    client = CounterClient(f"http://127.0.0.1:{port}/counter", deadline=0.5)
    with pytest.raises(CounterUnavailableError) as failure:
        client.next(key)
    assert failure.value.status is None


def test_retry_after_is_respected(client: CounterClient, fake: FakeCounter, key: str) -> None:
    fake.faults.append(throttled(1))
    client.next(key)
    first, second = fake.requests
    assert second.seconds - first.seconds >= 1


def test_nothing_is_retried_after_the_deadline(fake: FakeCounter, key: str) -> None:
    fake.fault = lambda: Fault(500)
    with pytest.raises(CounterUnavailableError) as failure:
        CounterClient(fake.url, deadline=1).next(key)
    assert failure.value.status == 500
    assert fake.requests[-1].seconds - fake.requests[0].seconds < 1


def test_pause_beyond_the_deadline_is_not_started(
    client: CounterClient, fake: FakeCounter, key: str
) -> None:
    fake.faults.append(throttled(3600))
    with pytest.raises(CounterUnavailableError, match="Too Many Requests") as failure:
        client.next(key)
    assert (failure.value.status, failure.value.retry_after) == (429, 3600)


@pytest.mark.parametrize("status", [400, 403, 404, 409, 415])
def test_refused_request_is_not_retried(
    client: CounterClient, fake: FakeCounter, key: str, status: int
) -> None:
    fake.faults.append(Fault(status))
    with pytest.raises(CounterRefusedError) as failure:
        client.next(key)
    assert (failure.value.status, failure.value.message) == (status, "because of a test")
    assert len(fake.requests) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault(200, body="<html>"),
        Fault(200, body=""),
        Fault(200, body="1.5"),
        Fault(302, {"Location": "/elsewhere"}),
    ],
)
def test_response_of_something_else_is_retried_until_the_deadline(
    fake: FakeCounter, key: str, fault: Fault
) -> None:
    fake.fault = lambda: fault
    with pytest.raises(UnexpectedResponseError):
        CounterClient(fake.url, deadline=0.5).next(key)
    assert len({request.query["idempotencyKey"][0] for request in fake.requests}) == 1


@pytest.mark.parametrize("count", [0, 1001, -1, 1.0, "1", True])
def test_wrong_count_is_refused_at_once(
    client: CounterClient, fake: FakeCounter, key: str, count: int
) -> None:
    with pytest.raises(ValueError, match=f"from 1 to 1000, got {count!r}"):
        client.reserve(key, count)
    assert not fake.requests


@pytest.mark.parametrize("key", [None, 7, b"bytes"])
def test_key_that_is_not_a_string_is_refused_at_once(client: CounterClient, key: str) -> None:
    with pytest.raises(TypeError, match="key must be a string"):
        client.next(key)


def test_member_of_an_enum_is_the_key_of_its_text(client: CounterClient, fake: FakeCounter) -> None:
    class Series(str, Enum):  # noqa: UP042 (StrEnum has another text)
        INVOICES = "invoices"

    client.next(Series.INVOICES)
    assert fake.requests[0].query["systemKey"] == ["invoices"]


@pytest.mark.parametrize("url", ["", "counter", "ftp://host/counter", "https:///counter"])
def test_wrong_url_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="url must be an http or https URL"):
        CounterClient(url)


def test_error_can_be_pickled() -> None:
    error = pickle.loads(pickle.dumps(CounterRefusedError("Forbidden", 403)))
    assert (error.message, error.status, str(error)) == (
        "Forbidden",
        403,
        "Forbidden (HTTP status 403)",
    )
    assert isinstance(error, CounterError)


def test_closed_client_ends_its_background_retries(fake: FakeCounter) -> None:
    before = set(threading.enumerate())
    with CounterClient(fake.url) as client:
        fake.fault = lambda: Fault(503)
        client.counter("a", block=10).poll(0, lambda: None)
        (reserving,) = {t for t in threading.enumerate() if t.name == "atomic counter"} - before
    reserving.join(5)
    assert not reserving.is_alive()


def test_attempt_without_time_is_not_started(fake: FakeCounter) -> None:
    fake.fault = lambda: Fault(503)
    for _ in range(20):
        with pytest.raises(CounterUnavailableError):
            CounterClient(fake.url, deadline=0.02).next("a")
