"""`atomic-counter keys` lists, adds and raises keys, and never lowers one."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from atomic_counter.__main__ import main
from atomic_counter.commands.keys.reading import ListedKey, highest_document, list_keys
from tests.counter_under_test import create_table, fill, item_key, item_of, local_dynamodb
from tests.served_counter import ServedCounter, serve

pytestmark = pytest.mark.usefixtures("credentials")
Run = Callable[..., int]
# Keys that a terminal, a shell, JSON or an expression of DynamoDB could take for something else.
HOSTILE = [
    "o'brien",
    '"}},"TableName":"x',
    "\x1b]0;title\x07\x7f",
    "é🏔 [/] :a:",
    "a\t",
    "\na\r\n",
    ":key",
    "x" * 2048,
]
NOT_UTF_8 = os.fsdecode(b"\xff")


@pytest.fixture(scope="module")
def served(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedCounter]:
    with serve(template, "--data", tmp_path_factory.mktemp("keys")) as counter:
        yield counter


def listed(served: ServedCounter, table: Any) -> dict[str, ListedKey]:
    return list_keys(local_dynamodb(served.endpoint), table.name, lambda _: None)


def test_added_key_counts_from_its_first_number(served: ServedCounter, run_keys: Run) -> None:
    assert run_keys(served.table, "add", "from 4712", "--start", 4712) == 0
    assert run_keys(served.table, "add", "from 1") == 0
    assert [served.next("from 4712"), served.next("from 4712")] == ["4712", "4713"]
    assert served.next("from 1") == "1"


@pytest.mark.parametrize("is_counted", [True, False])
def test_existing_key_is_not_added_and_stays(
    table: Any, run_keys: Run, capsys: pytest.CaptureFixture[str], is_counted: bool
) -> None:
    fill(table, "a", {}, 41 if is_counted else None)
    before = item_of(table, "a")
    assert run_keys(table, "add", "a", "--start", "100") == 2
    last = 41 if is_counted else 0
    error = f'error: "a" must be a new key, got an existing one with the last number {last}, which'
    assert capsys.readouterr().err.startswith(error)
    assert item_of(table, "a") == before


@pytest.mark.parametrize("key", ["a", "a\tb", "ab", "a\t"])
def test_documents_of_keys_that_begin_alike_are_told_apart(
    served: ServedCounter, table: Any, key: str
) -> None:
    dynamodb = local_dynamodb(served.endpoint)
    for each in {"a", "a\tb", "ab", "a\t"} - {key}:
        fill(table, each, {"x": 1, "y": 2}, 2)
    fill(table, item_key(key, "a key"), {}, 1)
    assert highest_document(dynamodb, table.name, key, lambda _: None) is None
    fill(table, key, {"x": 12, "y": 9}, 12)
    assert highest_document(dynamodb, table.name, key, lambda _: None) == 12
    assert listed(served, table)[key] == ListedKey(12, 2)


def test_key_of_restored_documents_is_added_only_above_their_numbers(
    table: Any, run_keys: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, number in {"x": 9, "y": 41}.items():
        table.put_item(Item={"systemKey": item_key("a", name), "documentNumber": number})
    for start in (["--start", "41"], []):
        assert run_keys(table, "add", "a", *start) == 2
        assert 'of the documents of "a", which is 41, got' in capsys.readouterr().err
    assert item_of(table, "a") is None
    assert run_keys(table, "add", "a", "--start", "42") == 0
    assert item_of(table, "a") == {"systemKey": "a", "counterValue": 41}


def test_list_has_keys_that_look_like_documents_and_no_document(
    served: ServedCounter, table: Any
) -> None:
    fill(table, "a", {"x": 1, "y": 2}, 2)
    fill(table, item_key("a", "registered"), {})
    fill(table, item_key("a", "counted"), {}, 7)
    fill(table, "a", {"both": 3}, 3)
    fill(table, item_key("a", "both"), {}, 5)
    table.put_item(Item={"systemKey": item_key("b", "x"), "documentNumber": 1})
    assert listed(served, table) == {
        "a": ListedKey(3, 3),
        "a\tboth": ListedKey(5),
        "a\tcounted": ListedKey(7),
        "a\tregistered": ListedKey(0),
        "b": ListedKey(0, 1),
    }


@pytest.mark.parametrize("words", [["add"], ["raise", "--start", "9"]])
def test_item_of_a_document_is_no_key(
    table: Any, run_keys: Run, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    fill(table, "a", {"x": 1}, 1)
    subcommand, *options = words
    assert run_keys(table, subcommand, item_key("a", "x"), *options) == 2
    assert 'got the item of the document "x" of "a"\n' in capsys.readouterr().err
    assert item_of(table, item_key("a", "x")) == {"systemKey": "a\tx", "documentNumber": 1}


@pytest.mark.parametrize("value", ["7", "\x1b[2J", -1, Decimal("1.5"), None, [1], b"x"])
def test_wrong_value_is_listed_as_such_and_stays(
    served: ServedCounter,
    table: Any,
    run_keys: Run,
    capsys: pytest.CaptureFixture[str],
    value: object,
) -> None:
    table.put_item(Item={"systemKey": "a", "counterValue": value})
    before = item_of(table, "a")
    assert listed(served, table) == {"a": ListedKey(None)}
    assert run_keys(table, "list") == run_keys(table, "list", "--json") == 0
    table_lines, _, last_line = capsys.readouterr().out.rstrip().rpartition("\n")
    assert "not a whole number" in table_lines
    assert json.loads(last_line) == [{"key": "a", "last": None, "documents": 0}]
    for more in (["raise"], ["raise", "--leave-gap"], ["add"]):
        assert run_keys(table, more[0], "a", "--start", 9, *more[1:]) == 2
    assert item_of(table, "a") == before
    raised, _, added = capsys.readouterr().err.splitlines()
    assert re.search(
        r"must be a whole number of 0 or more \(N\), got .* \([A-Z]+\): nothing", raised
    )
    assert "keys raise" not in added
    assert (raised + added).isprintable()


@pytest.mark.parametrize(
    "key",
    [*HOSTILE, "", " ", "\t", "\u3000\x85", "\x1c", "\ufffd", "x" * 2049, "é" * 1025, NOT_UTF_8],
)
def test_key_is_added_if_and_only_if_the_api_takes_it(
    served: ServedCounter,
    run_keys: Run,
    capsys: pytest.CaptureFixture[str],
    key: str,
) -> None:
    query = {"systemKey": key.encode(errors="surrogateescape")}
    is_taken = served.request("GET", "/current", params=query).status_code == 200
    assert run_keys(served.table, "add", key) == (0 if is_taken else 2)
    assert is_taken == ("KEY must be" not in capsys.readouterr().err)


@pytest.mark.parametrize("key", HOSTILE)
def test_any_key_is_added_raised_and_listed(
    table: Any, run_keys: Run, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    for words in (["add", key], ["raise", key, "--start", 9], ["list"]):
        assert run_keys(table, *words) == 0
    printed = capsys.readouterr().out.splitlines()
    assert all(line.isprintable() for line in printed)
    assert [json.loads(line.rpartition(": ")[0]) for line in printed[:2]] == [key, key]
    assert item_of(table, key) == {"systemKey": key, "counterValue": 8}


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_json_is_the_same_for_any_output(table: Any, served: ServedCounter, encoding: str) -> None:
    keys = [key[:2046] for key in HOSTILE]
    for last, key in enumerate(keys):
        fill(table, key, {"a": 1}, last)
    words = ["keys", "list", table.name, "--json", "--endpoint-url", served.endpoint]
    printed = subprocess.check_output(
        [sys.executable, "-m", "atomic_counter", *words],
        env={**os.environ, "PYTHONIOENCODING": encoding},
    ).decode("ascii")
    found = [(each["key"], each["last"], each["documents"]) for each in json.loads(printed)]
    assert found == sorted((key, last, 1) for last, key in enumerate(keys))


def test_json_has_the_next_number(
    table: Any, run_keys: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    high = 10**37
    assert run_keys(table, "add", "a", "--json") == 0
    assert run_keys(table, "raise", "a", "--start", high, "--json") == 0
    added, raised = map(json.loads, capsys.readouterr().out.splitlines())
    assert added == {"key": "a", "next": 1}
    assert raised == {"key": "a", "next": high, "previous": 1}


def test_highest_start_is_the_highest_number_of_a_document(
    served: ServedCounter, run_keys: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_keys(served.table, "add", "high", "--start", 10**37) == 0
    assert served.next("high") == str(10**37)
    assert run_keys(served.table, "add", "higher", "--start", 10**37 + 1) == 2
    assert f"from 1 to {10**37}, got" in capsys.readouterr().err


def test_table_of_10000_keys_is_listed_in_order(
    served: ServedCounter,
    table: Any,
    run_keys: Run,
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = [f"{number:05} {'x' * 200}" for number in range(10_000)]  # Three pages.
    with table.batch_writer() as batch:
        for last, key in enumerate(names):
            batch.put_item(Item={"systemKey": key, "counterValue": last})
    pages: list[int] = []
    found = list_keys(local_dynamodb(served.endpoint), table.name, pages.append)
    assert list(found.items()) == [(key, ListedKey(last)) for last, key in enumerate(names)]
    assert (len(pages) > 1, sum(pages)) == (True, 10_000)
    assert run_keys(table, "list") == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if "xxx" in line]
    assert [row.split('"')[1] for row in rows] == names
    assert run_keys(table, "raise", names[0], "--start", 9) == 0


@pytest.mark.parametrize("words", [["list"], ["add", "a"], ["raise", "a", "--start", "2"]])
def test_table_with_another_key_is_an_error(
    served: ServedCounter, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    dynamodb = local_dynamodb(served.endpoint)
    table = create_table(dynamodb, "atomicCounter")
    dynamodb.put_item(TableName=table, Item={"atomicCounter": {"S": "a"}})
    subcommand, *rest = words
    assert main(["keys", subcommand, table, *rest, "--endpoint-url", served.endpoint]) == 2
    assert "key" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["list"], ["add", "a"], ["raise", "a", "--start", "2"]])
def test_missing_table_is_an_error(
    served: ServedCounter, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    subcommand, *rest = words
    assert main(["keys", subcommand, "none", *rest, "--endpoint-url", served.endpoint]) == 2
    assert "ResourceNotFoundException" in capsys.readouterr().err


def test_without_a_subcommand_help_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys"]) == 0
    assert "raise  Raise the next number of a key." in capsys.readouterr().out
