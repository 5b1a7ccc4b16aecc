"""Threads, processes and fleets lose no number, and every waiting thread gets its error."""

import logging
import multiprocessing
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from atomic_counter.client import (
    AsyncCounterClient,
    CounterClient,
    CounterRefusedError,
    CounterUnavailableError,
)
from tests.fake_counter import FakeCounter, Fault


@pytest.mark.parametrize("size", [1, 10])
def test_clients_with_their_own_slots_lose_no_number(fake: FakeCounter, size: int) -> None:
    lock, key, requests = threading.Lock(), str(uuid4()), iter(range(10**6))

    def lose_one_in_ten() -> Fault | None:
        with lock:
            return Fault(is_lost=True) if next(requests) % 10 == 9 else None

    def run(worker: int) -> list[int]:
        client = CounterClient(fake.url, slots=f"{worker:x}")
        return [n for _ in range(60) for n in client.reserve(key, size)]

    fake.fault = lose_one_in_ten
    with ThreadPoolExecutor(8) as workers:
        numbers = sorted(n for ns in workers.map(run, range(8)) for n in ns)
    assert numbers == list(range(1, 480 * size + 1))


def test_requests_wait_for_own_slots(fake: FakeCounter) -> None:
    key = str(uuid4())
    fake.fault = lambda: Fault(delay_seconds=0.01)
    with CounterClient(fake.url, slots="3a") as client, ThreadPoolExecutor(8) as threads:
        numbers = list(threads.map(lambda _: client.next(key), range(20)))
    assert sorted(numbers) == list(range(1, 21))
    assert {r.query["idempotencyKey"][0][-1] for r in fake.requests} == {"3", "a"}


def test_request_without_a_free_slot_ends_at_the_deadline(fake: FakeCounter) -> None:
    client = CounterClient(fake.url, slots="0", deadline=0.1)
    with (
        client._calls._idempotency_keys.for_request("a"),
        pytest.raises(CounterUnavailableError, match="all slots of 'a' were in use"),
    ):
        client.next("a")
    assert (client.next("a"), len(fake.requests)) == (1, 1)


@pytest.mark.parametrize("slots", ["", "g", "0 1", 3, ["0"]])
def test_wrong_slots_are_refused(slots: Any) -> None:
    with pytest.raises(ValueError, match="slots must be one hex digit or several, such as '03'"):
        CounterClient("http://a", slots=slots)


def test_every_thread_gets_a_refusal_after_few_requests(fake: FakeCounter) -> None:
    fake.fault = lambda: Fault(404, delay_seconds=0.05)
    counter = CounterClient(fake.url).counter("unknown", block=2)
    failures: list[BaseException | None] = []

    def take() -> None:
        for _ in range(3):
            with pytest.raises(CounterRefusedError) as failure:
                next(counter)
            failures.append(failure.value)

    threads = [threading.Thread(target=take, daemon=True) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert len(failures) == 24
    assert len(fake.requests) <= 24


def test_every_thread_gets_the_outage_after_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/counter"
    counter = CounterClient(url, deadline=0.5).counter("a", block=10)
    started = time.monotonic()
    with ThreadPoolExecutor(4) as threads:
        failures = [threads.submit(next, counter) for _ in range(4)]
        assert all(isinstance(f.exception(5), CounterUnavailableError) for f in failures)
    assert time.monotonic() - started < 3


def test_hundred_threads_write_no_warnings_and_keep_their_connections(
    fake: FakeCounter, caplog: pytest.LogCaptureFixture
) -> None:
    client, at_once = CounterClient(fake.url), threading.Barrier(100)

    def request(_: int) -> None:
        for _ in range(2):
            at_once.wait(60)
            client.current("a")

    fake.fault = lambda: Fault(delay_seconds=0.3)
    with ThreadPoolExecutor(100) as threads:
        list(threads.map(request, range(100)))
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert len({request.connection for request in fake.requests}) <= 110


def take(client: CounterClient, key: str, numbers: Any) -> None:
    numbers.put(client.next(key))


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_client_can_be_an_argument_of_a_process(fake: FakeCounter, method: str) -> None:
    context, key = multiprocessing.get_context(method), str(uuid4())
    client = CounterClient(fake.url, api_key="secret", slots="0")
    numbers: Any = context.Queue()
    process = context.Process(target=take, args=(client, key, numbers))  # type: ignore[attr-defined]
    process.start()
    assert (numbers.get(timeout=60), client.next(key)) == (1, 2)
    process.join()
    assert fake.requests[0].headers["x-api-key"] == "secret"


@pytest.mark.parametrize("name", ["timeout", "deadline", "return_after"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), "3", True, None])
@pytest.mark.parametrize("client", [CounterClient, AsyncCounterClient])
def test_wrong_seconds_are_refused(client: Any, name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be a number of seconds above 0, got"):
        client("http://a", **{name: value})


@pytest.mark.parametrize("end", [" ", "\n", "\t", "#part", "/", "/?a=b#c"])
def test_end_of_the_url_is_ignored(fake: FakeCounter, end: str) -> None:
    assert CounterClient(fake.url + end).next(str(uuid4())) == 1
    assert fake.requests[0].path == "/prod/counter"


@pytest.mark.parametrize("url", ["http://a b/counter", "http://a:port", "http://a/x\ny"])
def test_url_with_a_wrong_part_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="url must be an http or https URL"):
        CounterClient(url)
