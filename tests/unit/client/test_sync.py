"""A client takes numbers, tries again what may be tried again, and says what is wrong."""

import pickle
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest

from atomic_counter.client import (
    CounterClient,
    CounterError,
    CounterRefusedError,
    CounterUnavailableError,
    UnexpectedAnswerError,
)
from tests.fake_counter import FakeCounter, Fault, throttled

SLOTS = 16


@pytest.fixture
def client(fake: FakeCounter) -> CounterClient:
    return CounterClient(fake.url)


@pytest.fixture
def key() -> str:
    return str(uuid4())


def test_next_takes_one_number_after_another(client: CounterClient, key: str) -> None:
    assert [client.next(key) for _ in range(3)] == [1, 2, 3]


def test_a_reserved_range_belongs_to_the_caller(client: CounterClient, key: str) -> None:
    assert (client.next(key), client.reserve(key, 10), client.next(key)) == (1, range(2, 12), 12)


def test_current_takes_no_number(client: CounterClient, key: str) -> None:
    client.reserve(key, 7)
    assert (client.current(key), client.current(key)) == (7, 7)


@pytest.mark.parametrize("key", ["o'brien & sons", "50%+1=?#", "Zürich 🏔", 'a "b"\\\n;c'])
def test_a_key_is_any_string(client: CounterClient, fake: FakeCounter, key: str) -> None:
    client.next(key)
    query = fake.requests[0].query
    assert (query["systemKey"], query["count"]) == ([key], ["1"])


def test_what_counts_is_posted_as_json_with_the_api_key(fake: FakeCounter, key: str) -> None:
    CounterClient(fake.url, api_key="secret").next(key)
    [request] = fake.requests
    assert (request.http_method, request.path) == ("POST", "/prod/counter")
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["x-api-key"] == "secret"


def test_a_url_may_have_the_query_that_the_stack_prints(fake: FakeCounter, key: str) -> None:
    assert CounterClient(f"{fake.url}?systemKey=system-aa").next(key) == 1


def test_one_connection_serves_many_requests(
    client: CounterClient, fake: FakeCounter, key: str
) -> None:
    for _ in range(5):
        client.next(key)
    assert len({request.connection for request in fake.requests}) == 1


@pytest.mark.parametrize(
    "fault",
    [throttled(0), Fault(500), Fault(503, {"Retry-After": "soon"}, body="<html>")],
)
def test_what_may_pass_is_tried_again(
    client: CounterClient, fake: FakeCounter, key: str, fault: Fault
) -> None:
    fake.faults.extend([fault] * 2)
    assert [client.next(key), client.next(key)] == [1, 2]
    assert len(fake.requests) == 4


def test_after_a_lost_answer_its_number_is_not_skipped(
    client: CounterClient, fake: FakeCounter, key: str
) -> None:
    fake.faults.extend([Fault(is_lost=True)] * 2)
    assert [client.next(key), client.next(key), client.reserve(key, 3)] == [1, 2, range(3, 6)]


def test_each_request_has_an_idempotency_key_of_its_own_over_its_retries(
    client: CounterClient, fake: FakeCounter, key: str
) -> None:
    fake.faults.append(Fault(500))
    numbers = [client.next(key), client.next(key), *client.reserve(key, 2)]
    first, again, *others = [request.query["idempotencyKey"] for request in fake.requests]
    assert (numbers, first) == ([1, 2, 3, 4], again)
    assert len({first[0], *(other for [other] in others)}) == 3


def test_requests_at_once_have_a_slot_each(
    client: CounterClient, fake: FakeCounter, key: str
) -> None:
    fake.fault = lambda: Fault(delay_seconds=0.2)
    with ThreadPoolExecutor(SLOTS) as pool:
        list(pool.map(lambda _: client.next(key), range(SLOTS)))
    assert len({request.query["idempotencyKey"][0][-1] for request in fake.requests}) == SLOTS


@pytest.mark.parametrize("as_given", [UUID, str, str.upper])
def test_with_the_callers_own_idempotency_key_a_job_that_runs_again_gets_its_number(
    fake: FakeCounter, key: str, as_given: Callable[[str], Any]
) -> None:
    job = str(uuid4())
    numbers = [CounterClient(fake.url).next(key, idempotency_key=job) for _ in range(2)]
    assert numbers == [1, 1]
    client = CounterClient(fake.url)
    assert client.next(key, idempotency_key=as_given(job)) == 1
    assert client.reserve(key, 2, idempotency_key=job) == range(2, 4)


@pytest.mark.parametrize("wrong", ["order-17", "", 17])
def test_an_idempotency_key_that_is_no_uuid_is_told_how_to_make_one(
    client: CounterClient, fake: FakeCounter, wrong: Any
) -> None:
    with pytest.raises(ValueError, match=rf"must be a UUID, got {wrong!r}; uuid\.uuid5 makes"):
        client.next("a", idempotency_key=wrong)
    assert fake.requests == []


def test_an_answer_that_takes_too_long_is_not_waited_for(fake: FakeCounter, key: str) -> None:
    fake.faults.append(Fault(delay_seconds=5))
    assert CounterClient(fake.url, timeout=1).next(key) == 1
    assert fake.requests[1].seconds - fake.requests[0].seconds < 5


def test_a_service_that_is_not_there_is_unavailable(key: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    client = CounterClient(f"http://127.0.0.1:{port}/counter", deadline=0.5)
    with pytest.raises(CounterUnavailableError) as failure:
        client.next(key)
    assert failure.value.status is None


def test_retry_after_is_waited_for(client: CounterClient, fake: FakeCounter, key: str) -> None:
    fake.faults.append(throttled(1))
    client.next(key)
    first, second = fake.requests
    assert second.seconds - first.seconds >= 1


def test_nothing_is_tried_after_the_deadline(fake: FakeCounter, key: str) -> None:
    fake.fault = lambda: Fault(500)
    with pytest.raises(CounterUnavailableError) as failure:
        CounterClient(fake.url, deadline=1).next(key)
    assert failure.value.status == 500
    assert fake.requests[-1].seconds - fake.requests[0].seconds < 1


def test_a_wait_beyond_the_deadline_is_not_waited(
    client: CounterClient, fake: FakeCounter, key: str
) -> None:
    fake.faults.append(throttled(3600))
    with pytest.raises(CounterUnavailableError, match="Too Many Requests") as failure:
        client.next(key)
    assert (failure.value.status, failure.value.retry_after) == (429, 3600)


@pytest.mark.parametrize("status", [400, 403, 404, 409, 415])
def test_what_is_refused_is_not_tried_again(
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
def test_what_is_no_counters_answer_is_an_error(
    client: CounterClient, fake: FakeCounter, key: str, fault: Fault
) -> None:
    fake.faults.append(fault)
    with pytest.raises(UnexpectedAnswerError):
        client.next(key)
    assert len(fake.requests) == 1


@pytest.mark.parametrize("count", [0, 1001, -1, 1.0, "1", True])
def test_a_count_that_is_none_is_refused_at_once(
    client: CounterClient, fake: FakeCounter, key: str, count: int
) -> None:
    with pytest.raises(ValueError, match=f"from 1 to 1000, got {count!r}"):
        client.reserve(key, count)
    assert not fake.requests


@pytest.mark.parametrize("key", [None, 7, b"bytes"])
def test_a_key_that_is_no_string_is_refused_at_once(client: CounterClient, key: str) -> None:
    with pytest.raises(TypeError, match="key must be a string"):
        client.next(key)


@pytest.mark.parametrize("url", ["", "counter", "ftp://host/counter", "https:///counter"])
def test_a_url_that_is_none_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="url must be an http or https URL"):
        CounterClient(url)


def test_an_error_can_cross_processes() -> None:
    error = pickle.loads(pickle.dumps(CounterRefusedError("Forbidden", 403)))
    assert (error.message, error.status, str(error)) == (
        "Forbidden",
        403,
        "Forbidden (HTTP status 403)",
    )
    assert isinstance(error, CounterError)


def test_a_closed_client_tries_no_more_in_the_background(fake: FakeCounter) -> None:
    before = set(threading.enumerate())
    with CounterClient(fake.url) as client:
        fake.fault = lambda: Fault(503)
        client.counter("a", block=10).at_hand()
        (leasing,) = {t for t in threading.enumerate() if t.name == "atomic counter"} - before
    leasing.join(5)
    assert not leasing.is_alive()
