"""Whatever a process holds belongs to it, however the process was forked."""

import os
import subprocess
import sys
from textwrap import indent
from uuid import uuid4

import pytest

from atomic_counter.client import forking
from atomic_counter.client.blocks import Counter
from tests.fake_counter import FakeCounter
from tests.unit.client.fakes import FakeService

# As uWSGI does, and as Python does.
FORKS = ["ctypes.PyDLL(None).fork()", "os.fork()"]
PROGRAM = """
import ctypes, os, sys, threading
from atomic_counter.client import CounterClient

client, key = CounterClient(sys.argv[1]), sys.argv[2]
tickets = client.counter(key, block=100)
{parent}
for thread in threading.enumerate():
    if thread.name == "atomic counter":
        thread.join()
for worker in range(4):
    if {fork} == 0:
{child}
        os.write(1, (" ".join(map(str, result)) + "\\n").encode())
        os._exit(0)
for _ in range(4):
    os.wait()
"""


def run_workers(url: str, fork: str, parent: str, child: str) -> list[list[str]]:
    """Return what each worker writes."""
    program = PROGRAM.format(parent=parent, fork=fork, child=indent(child, " " * 8))
    command = [sys.executable, "-c", program, url, str(uuid4())]
    output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return [line.split() for line in output.stdout.splitlines()]


@pytest.mark.parametrize("fork", FORKS)
def test_workers_return_no_number_that_their_parent_reserved(fake: FakeCounter, fork: str) -> None:
    child = "result = [next(tickets) for _ in range(30)]"
    workers = run_workers(fake.url, fork, "next(tickets)", child)
    numbers = {number for worker in workers for number in worker}
    assert len(numbers) == 120
    assert not numbers & set(map(str, range(1, 101)))


@pytest.mark.parametrize("fork", FORKS)
def test_workers_share_no_connection(fake: FakeCounter, fork: str) -> None:
    child = "result = [client.assign(key, f'{worker} {n}') for n in range(20)]"
    workers = run_workers(fake.url, fork, "client.current(key)", child)
    assert sorted(int(n) for worker in workers for n in worker) == list(range(1, 81))
    connections: dict[str, set[object]] = {}
    for request in fake.requests[1:]:
        worker = request.query["documentKey"][0].split()[0]
        connections.setdefault(worker, {fake.requests[0].connection}).add(request.connection)
    assert [len(used) for used in connections.values()] == [2] * 4


@pytest.mark.parametrize("fork", FORKS)
def test_worker_of_a_closed_client_retries(fake: FakeCounter, fork: str) -> None:
    child = "result = [client._calls.is_closed.is_set()]"
    assert run_workers(fake.url, fork, "client.close()", child) == [["False"]] * 4


@pytest.mark.parametrize("fork", FORKS)
def test_workers_wait_for_no_slot_of_their_parent(fake: FakeCounter, fork: str) -> None:
    parent = """
client = CounterClient(sys.argv[1], slots="0", deadline=5)
used = client._calls._idempotency_keys.for_request(key)
used.__enter__()
"""
    workers = run_workers(fake.url, fork, parent, "result = [client.next(key)]")
    assert sorted(n for worker in workers for n in worker) == ["1", "2", "3", "4"]


@pytest.mark.parametrize("fork", FORKS)
def test_child_that_does_not_use_the_client_touches_nothing_of_the_system(
    fake: FakeCounter, fork: str
) -> None:
    parent = """
import requests
next(tickets)
touched = []
requests.utils.should_bypass_proxies = lambda *_, **__: touched.append("proxies")
sys.addaudithook(lambda event, _: touched.append(event))
"""
    child = "result = touched"
    for worker in run_workers(fake.url, fork, parent, child):
        assert set(worker) <= {"os.fork", "ctypes.dlopen", "ctypes.dlsym", "ctypes.call_function"}


def test_process_with_the_id_of_an_ancestor_discards_its_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(forking, "_forks", 0)
    counter = Counter(FakeService().reserve, 10)
    assert next(counter) == 1
    forking._count_fork()
    forking.owner_memory[0] = 0
    assert next(counter) == 11


def test_counter_works_without_memory_that_a_fork_wipes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("atomic_counter.client.blocks.owner_memory", forking._NoMemory())
    counter = Counter(FakeService().reserve, 10)
    assert next(counter) == 1
    monkeypatch.setattr(os, "getpid", lambda: 1)
    assert next(counter) == 11
