"""The asyncio client has the same methods and keeps the same promises."""

import asyncio
import signal
import subprocess
import sys
import time
from uuid import uuid4

import pytest

from atomic_counter.client import AsyncCounterClient, CounterRefusedError
from atomic_counter.client.blocks import Block
from tests.fake_counter import FakeCounter, Fault


def test_methods_do_the_same_as_those_of_the_sync_client(fake: FakeCounter) -> None:
    async def run() -> list[object]:
        async with AsyncCounterClient(fake.url) as client:
            key = str(uuid4())
            return [
                await client.next(key),
                await client.reserve(key, 10),
                await client.current(key),
                await anext(client.counter(key, block=5)),
            ]

    assert asyncio.run(run()) == [1, range(2, 12), 11, 12]


@pytest.mark.parametrize("block", [1, 7, "auto"])
def test_tasks_that_share_a_counter_get_no_duplicates(fake: FakeCounter, block: Block) -> None:
    async def run() -> list[int]:
        async with AsyncCounterClient(fake.url) as client:
            counter = client.counter(str(uuid4()), block=block)

            async def take() -> list[int]:
                return [await anext(counter) for _ in range(10)]

            return [
                n for numbers in await asyncio.gather(*[take() for _ in range(20)]) for n in numbers
            ]

    numbers = asyncio.run(run())
    assert len(set(numbers)) == len(numbers) == 200


def test_waiting_does_not_block_the_event_loop(fake: FakeCounter) -> None:
    fake.faults.append(Fault(delay_seconds=0.5))

    async def run() -> bool:
        async with AsyncCounterClient(fake.url) as client:
            number = asyncio.create_task(anext(client.counter(str(uuid4()), block=5)))
            await asyncio.sleep(0.01)
            continued = not number.done()
            await number
            return continued

    assert asyncio.run(run())


def test_same_idempotency_key_returns_same_number(fake: FakeCounter) -> None:
    key, job = str(uuid4()), uuid4()

    async def run() -> list[int]:
        async with AsyncCounterClient(fake.url) as client:
            numbers = [await client.next(key, idempotency_key=job) for _ in range(2)]
            return [*numbers, *await client.reserve(key, 2, idempotency_key=job)]

    assert asyncio.run(run()) == [1, 1, 2, 3]


def test_errors_are_those_of_the_sync_client(fake: FakeCounter) -> None:
    fake.fault = lambda: Fault(404)

    async def run() -> None:
        async with AsyncCounterClient(fake.url) as client:
            await anext(client.counter("unknown", block=5))

    with pytest.raises(CounterRefusedError, match="because of a test"):
        asyncio.run(run())


def test_canceled_calls_free_the_program(fake: FakeCounter) -> None:
    fake.fault = lambda: Fault(503, delay_seconds=0.2)

    async def run() -> int:
        client = AsyncCounterClient(fake.url)
        calls = [asyncio.create_task(client.next("a")) for _ in range(40)]
        await asyncio.sleep(0.1)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        async with asyncio.timeout(1):
            await asyncio.to_thread(len, "the default executor is free")
        await asyncio.sleep(0.5)
        requests = len(fake.requests)
        await asyncio.sleep(0.5)
        return len(fake.requests) - requests

    assert asyncio.run(run()) == 0


def test_ctrl_c_ends_a_program_within_a_second(fake: FakeCounter) -> None:
    fake.fault = lambda: Fault(delay_seconds=20)
    program = (
        "import asyncio, sys; from atomic_counter.client import AsyncCounterClient;"
        "asyncio.run(AsyncCounterClient(sys.argv[1]).next('a'))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, fake.url], stderr=subprocess.DEVNULL
    ) as process:
        while not fake.requests:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        started = time.monotonic()
        process.wait(10)
    assert time.monotonic() - started < 1
