"""Programs that reserve blocks, with the real gateway and its engine."""

import random
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import pytest

from atomic_counter.client import CounterClient, CounterRefusedError
from atomic_counter.client.blocks import Block
from tests.fake_counter import Fault, fake_counter, throttled
from tests.integration import numbers_program
from tests.served_counter import ServedCounter, serve


@pytest.fixture(scope="module")
def served(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedCounter]:
    with serve(template, "--data", tmp_path_factory.mktemp("data")) as counter:
        yield counter


@pytest.fixture
def client(served: ServedCounter) -> Iterator[CounterClient]:
    with CounterClient(served.url) as client:
        yield client


def test_client_and_service_agree(client: CounterClient, served: ServedCounter) -> None:
    key = served.fresh_key('o\'brien + "söhne"\n')
    assert client.current(key) == 0
    assert (client.next(key), client.reserve(key, 1000)) == (1, range(2, 1002))
    assert served.next(key) == "1002"
    assert client.current(key) == 1002


def test_refusal_has_the_message_of_the_service(client: CounterClient) -> None:
    with pytest.raises(CounterRefusedError, match="systemKey") as failure:
        client.next(" ")
    assert failure.value.status == 400


def test_counter_without_documents_refuses_them_and_counts_nothing(client: CounterClient) -> None:
    for call in (client.assign, client.number_of):
        with pytest.raises(CounterRefusedError, match="this counter has no documents") as failure:
            call("a", "order-17")
        assert failure.value.status == 400
    assert client.current("a") == 0


@pytest.mark.parametrize("block", [1, 10, 1000, "auto"])
def test_threads_with_shared_and_own_counters_get_no_duplicates(
    client: CounterClient, served: ServedCounter, block: Block
) -> None:
    key = served.fresh_key()
    shared = client.counter(key, block=block)
    counters = [shared] * 4 + [client.counter(key, block=block) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        numbers = [n for ns in pool.map(lambda c: list(islice(c, 100)), counters) for n in ns]
    assert len(set(numbers)) == len(numbers) == 800
    assert client.current(key) >= max(numbers)


@pytest.mark.parametrize("start_method", ["fork", "spawn"])
def test_processes_get_no_duplicates(served: ServedCounter, start_method: str) -> None:
    if start_method == "fork" and sys.platform == "win32":
        pytest.skip("Windows has no fork")
    program = [sys.executable, "-m", numbers_program.__name__]
    output = subprocess.run(
        [*program, served.url, served.fresh_key(), start_method],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    numbers = output.split()
    assert len(set(numbers)) == len(numbers) == 70 + (numbers_program.CHILDREN + 1) * 550


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_forked_process_has_its_own_connections() -> None:
    program = (
        "import os, sys; from atomic_counter.client import CounterClient;"
        "client = CounterClient(sys.argv[1]); client.next('a');"
        "child = os.fork(); client.next('a'); child and os.waitpid(child, 0)"
    )
    with fake_counter() as fake:
        subprocess.run([sys.executable, "-c", program, fake.url], check=True, timeout=60)
    assert len(fake.requests) == 3
    assert len({request.connection for request in fake.requests}) == 2


def test_program_exits_at_once_while_blocks_are_being_reserved() -> None:
    program = (
        "import sys; from atomic_counter.client import CounterClient;"
        "counter = CounterClient(sys.argv[1]).counter('a', block=10);"
        "print([next(counter) for _ in range(8)])"
    )
    with fake_counter() as fake:
        fake.faults.extend([Fault(), Fault(delay_seconds=600)])
        output = subprocess.run(
            [sys.executable, "-c", program, fake.url],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    assert output.stderr == ""


FAULTS = {
    "lost responses": Fault(is_lost=True),
    "a storm of 429": throttled(0),
    "failures": Fault(500),
    "late responses": Fault(delay_seconds=0.3),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize("block", [1, 10])
def test_faults_cause_no_duplicates(fault: Fault, block: int) -> None:
    chance = random.Random(0)
    with fake_counter() as fake, CounterClient(fake.url, timeout=0.2, deadline=30) as client:
        fake.fault = lambda: fault if chance.random() < 0.3 else None
        counter = client.counter("a", block=block)
        with ThreadPoolExecutor(8) as pool:
            numbers = [
                n for ns in pool.map(lambda _: list(islice(counter, 20)), range(8)) for n in ns
            ]
    assert len(set(numbers)) == len(numbers) == 160
