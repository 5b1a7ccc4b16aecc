"""Every document gets one number, whatever happens to the requests."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from uuid import uuid4

import pytest

from atomic_counter.client import (
    AsyncCounterClient,
    CounterClient,
    CounterRefusedError,
    CounterUnavailableError,
    OvertakenError,
)
from atomic_counter.client.retries import Deadline
from tests.fake_counter import FakeCounter, Fault, throttled

CONFLICT = Fault(412, body='{"message": "another document gets its number"}')


@pytest.fixture
def client(fake: FakeCounter) -> Iterator[CounterClient]:
    with CounterClient(fake.url) as client:
        yield client


@pytest.fixture
def key() -> str:
    return str(uuid4())


def test_document_keeps_its_number(client: CounterClient, key: str) -> None:
    assert [client.assign(key, document) for document in "abacb"] == [1, 2, 1, 3, 2]


def test_each_document_but_the_first_needs_one_request(
    client: CounterClient, fake: FakeCounter, key: str
) -> None:
    fake.set_back(key, 41)
    assert [client.assign(key, document) for document in "abc"] == [42, 43, 44]
    assert [request.query["after"] for request in fake.requests] == [["0"], ["41"], ["42"], ["43"]]


def test_old_document_does_not_set_the_last_number_back(
    client: CounterClient, fake: FakeCounter, key: str
) -> None:
    assert [client.assign(key, document) for document in "abcad"] == [1, 2, 3, 1, 4]
    assert len(fake.requests) == 5


def test_client_follows_a_counter_that_was_set_back(
    client: CounterClient, fake: FakeCounter, key: str
) -> None:
    assert [client.assign(key, document) for document in "abc"] == [1, 2, 3]
    fake.set_back(key, 1)
    assert [client.assign(key, document) for document in "de"] == [2, 3]


@pytest.mark.parametrize("fault", [Fault(is_lost=True), Fault(503), throttled(0), CONFLICT])
def test_request_is_retried_until_the_document_has_its_number(
    client: CounterClient, fake: FakeCounter, key: str, fault: Fault
) -> None:
    fake.faults.append(fault)
    assert [client.assign(key, document) for document in "ab"] == [1, 2]


def test_clients_that_overtake_each_other_leave_no_gap(fake: FakeCounter, key: str) -> None:
    with ExitStack() as cleanup, ThreadPoolExecutor(8) as threads:
        clients = [cleanup.enter_context(CounterClient(fake.url)) for _ in range(8)]

        def assign(number: int) -> tuple[str, int]:
            document = str(number % 40)
            return document, clients[number % 8].assign(key, document)

        numbers = set(threads.map(assign, range(120)))
    assert sorted(number for _, number in numbers) == list(range(1, 41))


def test_threads_of_one_client_need_one_request_a_document(
    client: CounterClient, fake: FakeCounter, key: str
) -> None:
    fake.fault = lambda: Fault(delay_seconds=0.005)
    with ThreadPoolExecutor(16) as threads:
        numbers = list(threads.map(lambda n: client.assign(key, str(n)), range(64)))
    assert (sorted(numbers), len(fake.requests)) == (list(range(1, 65)), 64)


def test_threads_of_different_keys_do_not_wait_for_each_other(
    client: CounterClient, key: str
) -> None:
    with client._calls.documents._turns.turn("another key", Deadline(60, threading.Event())):
        assert client.assign(key, "a") == 1


def test_wait_for_another_thread_ends_at_the_deadline(fake: FakeCounter, key: str) -> None:
    client, endless = CounterClient(fake.url, deadline=0.2), Deadline(60, threading.Event())
    with (
        client._calls.documents._turns.turn(key, endless),
        pytest.raises(CounterUnavailableError, match="other threads assigned documents"),
    ):
        client.assign(key, "a")
    assert client.assign(key, "a") == 1


def test_closed_client_ends_the_wait_for_another_thread(fake: FakeCounter, key: str) -> None:
    client, endless = CounterClient(fake.url), Deadline(60, threading.Event())
    with ThreadPoolExecutor(1) as thread, client._calls.documents._turns.turn(key, endless):
        waiting = thread.submit(client.assign, key, "a")
        client.close()
        assert isinstance(waiting.exception(5), CounterUnavailableError)


def test_canceled_call_leaves_its_queue(fake: FakeCounter, key: str) -> None:
    async def run() -> int:
        async with AsyncCounterClient(fake.url) as client:
            first = asyncio.create_task(client.assign(key, "a"))
            while not fake.requests:
                await asyncio.sleep(0.01)
            second = asyncio.create_task(client.assign(key, "b"))
            await asyncio.sleep(0.1)
            second.cancel()
            await asyncio.gather(first, second, return_exceptions=True)
            return await client.assign(key, "c")

    fake.faults.append(Fault(delay_seconds=0.5))
    assert asyncio.run(run()) == 2
    assert len(fake.requests) == 2


def test_client_that_is_overtaken_until_the_deadline_has_no_number(
    fake: FakeCounter, key: str
) -> None:
    fake.fault = lambda: Fault(412, {"Last-Number": "7"})
    with (
        CounterClient(fake.url, deadline=0.3) as client,
        pytest.raises(OvertakenError) as error,
    ):
        client.assign(key, "a")
    assert (error.value.status, error.value.last_number) == (412, 7)


def test_number_of_a_document_is_read_and_not_assigned(
    client: CounterClient, fake: FakeCounter, key: str
) -> None:
    assert client.number_of(key, "a") is None
    assert (client.assign(key, "a"), client.number_of(key, "a")) == (1, 1)
    assert [request.http_method for request in fake.requests] == ["GET", "POST", "GET"]


def test_unknown_path_is_not_a_document_without_a_number(
    client: CounterClient, fake: FakeCounter, key: str
) -> None:
    fake.faults.append(Fault(404, body='{"message": "Not Found"}'))
    with pytest.raises(CounterRefusedError, match="Not Found"):
        client.number_of(key, "a")


def test_counter_without_documents_is_an_error(
    client: CounterClient, fake: FakeCounter, key: str
) -> None:
    fake.has_documents = False
    for call in (client.assign, client.number_of):
        with pytest.raises(CounterRefusedError, match="this counter has no documents"):
            call(key, "a")
    assert len(fake.requests) == 2


@pytest.mark.parametrize("document", ["o'brien & sons", "50%+1=?#", "Zürich 🏔", 'a "b"\\;c'])
def test_document_is_any_string(client: CounterClient, fake: FakeCounter, document: str) -> None:
    client.assign("a", document)
    assert fake.requests[0].query["documentKey"] == [document]


@pytest.mark.parametrize("pair", [("a", 7), ("a", None), (7, "a"), ("a", b"b")])
def test_anything_but_strings_is_a_type_error(client: CounterClient, pair: tuple[str, str]) -> None:
    with pytest.raises(TypeError, match=r"must be a string, got"):
        client.assign(*pair)


def test_asyncio_client_has_the_same_methods(fake: FakeCounter, key: str) -> None:
    async def run() -> list[object]:
        async with AsyncCounterClient(fake.url) as client:
            before = await client.number_of(key, "a")
            return [before, await client.assign(key, "a"), await client.number_of(key, "a")]

    assert asyncio.run(run()) == [None, 1, 1]
