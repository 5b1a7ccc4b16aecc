"""At the end of a program, a call returns a number or raises an error of the client."""

import asyncio
import subprocess
import sys
import threading
from uuid import uuid4

import pytest

from atomic_counter.client import AsyncCounterClient, CounterClient, CounterUnavailableError
from tests.fake_counter import FakeCounter

# Since Python 3.12, no thread starts at the end of a program.
PROGRAM = """
import asyncio, atexit, sys
from atomic_counter.client import AsyncCounterClient, CounterClient, CounterError

client, key = CounterClient(sys.argv[1]), sys.argv[2]
tickets = client.counter(key, block=2)

async def next_number():
    return await AsyncCounterClient(sys.argv[1]).next(key)

def use(call):
    try:
        print(int(call()))
    except CounterError:
        print("error")

for call in (lambda: asyncio.run(next_number()), lambda: next(tickets), lambda: client.next(key)):
    atexit.register(use, call)
"""


@pytest.fixture
def _no_thread_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr("threading.Thread.start", refuse)


def test_program_that_ends_gets_numbers_or_errors(fake: FakeCounter) -> None:
    command = [sys.executable, "-c", PROGRAM, fake.url, str(uuid4())]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    first, *others = run.stdout.split()
    assert first == "1"
    assert all(word == "error" or word.isdigit() for word in others)
    assert (len(others), run.stderr) == (2, "")


@pytest.mark.usefixtures("_no_thread_starts")
def test_counter_without_a_thread_raises_an_error_of_the_client() -> None:
    with pytest.raises(CounterUnavailableError, match="can't create new thread"):
        next(CounterClient("http://127.0.0.1/counter").counter("a", block=10))


@pytest.mark.usefixtures("_no_thread_starts")
def test_asyncio_call_without_a_thread_raises_an_error_of_the_client() -> None:
    with pytest.raises(CounterUnavailableError, match="can't create new thread"):
        asyncio.run(AsyncCounterClient("http://127.0.0.1/counter").next("a"))
