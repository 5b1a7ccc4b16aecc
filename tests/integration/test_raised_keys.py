"""`atomic-counter keys raise` never lowers a key, whoever counts or raises at the same time."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from atomic_counter.commands.keys.writing import ATTEMPTS, Raise
from atomic_counter.tooling.errors import CommandError
from tests.counter_under_test import fill, item_of, local_dynamodb
from tests.served_counter import ServedCounter, serve

pytestmark = pytest.mark.usefixtures("credentials")
Run = Callable[..., int]


@pytest.fixture(scope="module")
def served(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedCounter]:
    with serve(template, "--data", tmp_path_factory.mktemp("keys")) as counter:
        yield counter


def at_once(function: Callable[[int], int]) -> list[int]:
    """Return the results of a function for 0 to 15, whose calls begin at the same time."""
    barrier = threading.Barrier(16)

    def call(number: int) -> int:
        barrier.wait()
        return function(number)

    with ThreadPoolExecutor(16) as threads:
        return list(threads.map(call, range(16)))


def test_raised_key_continues_with_its_next_number(served: ServedCounter, run_keys: Run) -> None:
    key = served.fresh_key()
    assert served.next(key, count=41) == "41"
    assert run_keys(served.table, "raise", key, "--start", "4712") == 0
    assert served.next(key) == "4712"


def test_of_16_who_add_a_key_at_once_one_succeeds(table: Any, run_keys: Run) -> None:
    statuses = at_once(lambda n: run_keys(table, "add", "a", "--start", n + 1))
    assert sorted(statuses) == [0, *[2] * 15]
    assert item_of(table, "a") == {"systemKey": "a", "counterValue": statuses.index(0)}


def test_of_16_who_raise_a_key_alike_at_once_one_succeeds(table: Any, run_keys: Run) -> None:
    fill(table, "a", {}, 41)
    statuses = at_once(lambda _: run_keys(table, "raise", "a", "--start", 100))
    assert sorted(statuses) == [0, *[2] * 15]


def test_key_that_many_raise_at_once_is_never_lowered(table: Any, run_keys: Run) -> None:
    fill(table, "a", {}, 41)
    words = ["raise", "a", "--leave-gap", "--start"]
    statuses = at_once(lambda n: run_keys(table, *words, 100 - n))
    assert statuses[0] == 0
    assert item_of(table, "a") == {"systemKey": "a", "counterValue": 99}


@pytest.mark.parametrize("start", [1, 41, 42])
@pytest.mark.parametrize("more", [[], ["--leave-gap"]])
def test_nothing_lowers_a_key(
    table: Any,
    run_keys: Run,
    capsys: pytest.CaptureFixture[str],
    start: int,
    more: list[str],
) -> None:
    fill(table, "a", {}, 41)
    assert run_keys(table, "raise", "a", "--start", start, *more) == 2
    reason = f'--start must be above the next number of "a", which is 42, got {start}'
    assert capsys.readouterr().err == f"error: {reason}\n"
    assert item_of(table, "a") == {"systemKey": "a", "counterValue": 41}


@contextmanager
def clients(served: ServedCounter, key: str) -> Iterator[list[int]]:
    """Let four clients count during the block; then the numbers that they got are in the list."""
    numbers: list[int] = []
    is_over = threading.Event()

    def count() -> None:
        while not is_over.is_set():
            numbers.append(int(served.next(key)))

    with ThreadPoolExecutor(4) as threads:
        counting = [threads.submit(count) for _ in range(4)]
        try:
            while len(numbers) < 20:
                pass
            yield numbers
        finally:
            is_over.set()
    for each in counting:
        each.result()


def test_key_is_raised_while_clients_count_without_a_duplicate(
    served: ServedCounter, run_keys: Run
) -> None:
    key = served.fresh_key()
    with clients(served, key) as numbers:
        for start in range(10_000, 100_000, 10_000):
            assert run_keys(served.table, "raise", key, "--start", start, "--leave-gap") == 0
            assert int(served.next(key)) >= start
            seen = len(numbers)
            while len(numbers) < seen + 8:
                pass
    assert len(set(numbers)) == len(numbers)
    assert max(numbers) < 100_000
    assert {n // 10_000 for n in numbers} == set(range(10))


def test_key_that_changes_during_the_search_for_documents_is_read_again(
    served: ServedCounter, table: Any
) -> None:
    fill(table, "a", {}, 41)
    dynamodb = local_dynamodb(served.endpoint)
    changes = iter([42])

    def on_page(_: int) -> None:
        fill(table, "a", {}, next(changes, 42))

    assert Raise(dynamodb, table.name, "a", 100, leave_gap=False).run(on_page) == 43
    assert item_of(table, "a") == {"systemKey": "a", "counterValue": 99}


def test_document_that_gets_a_number_during_the_search_stops_the_raise(
    served: ServedCounter, table: Any
) -> None:
    fill(table, "a", {}, 0)
    raised = Raise(local_dynamodb(served.endpoint), table.name, "a", 100, leave_gap=False)
    with pytest.raises(CommandError, match="belong to documents"):
        raised.run(lambda _: fill(table, "a", {"x": 1}, 1))
    assert item_of(table, "a") == {"systemKey": "a", "counterValue": 1}


def test_key_in_use_is_not_raised_and_the_error_says_what_to_do(
    served: ServedCounter, table: Any
) -> None:
    fill(table, "a", {}, 0)
    numbers = iter(range(1, 100))
    raised = Raise(local_dynamodb(served.endpoint), table.name, "a", 100, leave_gap=False)
    with pytest.raises(CommandError, match="stop its callers, or use --leave-gap"):
        raised.run(lambda _: fill(table, "a", {}, next(numbers)))
    assert item_of(table, "a") == {"systemKey": "a", "counterValue": ATTEMPTS}


def test_key_with_documents_is_raised_only_with_a_gap(
    table: Any, run_keys: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(table, "a", {"x": 1}, 1)
    assert run_keys(table, "raise", "a", "--start", 100) == 2
    assert "--leave-gap" in capsys.readouterr().err
    assert run_keys(table, "raise", "a", "--start", 100, "--leave-gap") == 0
    assert item_of(table, "a") == {"systemKey": "a", "counterValue": 99}


def test_key_that_does_not_exist_is_not_raised(
    table: Any, run_keys: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    for more in ([], ["--leave-gap"]):
        assert run_keys(table, "raise", "a", "--start", 9, *more) == 2
        assert capsys.readouterr().err.endswith("got a new one: `keys add` adds it\n")
    assert item_of(table, "a") is None


@pytest.mark.parametrize("more", [[], ["--leave-gap"]])
def test_registered_key_without_a_number_is_raised(
    table: Any, run_keys: Run, more: list[str]
) -> None:
    fill(table, "a", {})
    assert run_keys(table, "raise", "a", "--start", 1, *more) == 2
    assert run_keys(table, "raise", "a", "--start", 2, *more) == 0
    assert item_of(table, "a") == {"systemKey": "a", "counterValue": 1}
