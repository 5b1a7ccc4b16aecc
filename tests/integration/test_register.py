"""The register proves a complete series, and finds each number that is wrong."""

import csv
import itertools
import json
import os
import re
import resource
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from atomic_counter.__main__ import main
from atomic_counter.client import CounterClient
from atomic_counter.commands.register import DocumentSeries, Findings, examine
from atomic_counter.options import AppOptions
from tests.counter_under_test import fill, item_key
from tests.served_counter import ServedCounter, serve
from tests.synthesis import template_file

pytestmark = pytest.mark.usefixtures("credentials")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedCounter]:
    folder = tmp_path_factory.mktemp("register")
    template = template_file(AppOptions(documents=True), folder)
    with serve(template, "--data", folder / "data") as counter:
        yield counter


@pytest.fixture
def register(served: ServedCounter, table: Any) -> Callable[..., int]:
    """The command, for the table."""
    return lambda *words: main(["register", table.name, "--endpoint-url", served.endpoint, *words])


def test_assigned_numbers_are_a_complete_series(
    served: ServedCounter, capsys: pytest.CaptureFixture[str]
) -> None:
    with CounterClient(served.url) as client:
        for number in range(120):
            client.assign("invoices", f"order-{number}")
    words = ["register", served.table.name, "--endpoint-url", served.endpoint]
    assert main(words) == 0
    assert main([*words, "invoices"]) == 0
    printed = capsys.readouterr().out
    assert printed.count('"invoices"') == printed.count("complete") == 2


@pytest.mark.parametrize(
    ("wrong", "finding"),
    [
        (({"a": 1, "b": 3, "c": 4}, 4), "missing: 2"),
        (({"c": 3, "d": 4, "e": 5}, 5), "missing: 1 to 2"),
        (({}, 5), "missing: 1 to 5"),
        (({"a": 1, "b": 5}, 7), "missing: 2 to 4, 6 to 7"),
        (({"a": 1, "b": 2, "c": 2}, 2), "doubled: 2"),
        (({"a": 1, "b": 2, "c": 3}, 1), "beyond the counter: 2, 3"),
        (({"a": 1}, None), "beyond the counter: 1"),
        (({"a": 1, "b": "2"}, 1), 'without a readable number: "b"'),
        (({"a": 1}, "1"), "the counter's value isn't a whole number: yes"),
    ],
)
def test_each_wrong_number_is_found(
    table: Any,
    register: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    wrong: tuple[dict[str, Any], Any],
    finding: str,
) -> None:
    fill(table, "o'brien", *wrong)
    fill(table, "right", {"a": 1}, 1)
    assert register() == register("o'brien") == 1
    assert capsys.readouterr().out.count(f'"o\'brien": {finding}') == 2
    assert register("right") == 0


def test_series_can_begin_at_any_number(table: Any, register: Callable[..., int]) -> None:
    fill(table, "a", {"x": 41, "y": 42}, 42)
    fill(table, "b", {"x": 10**37 - 1, "y": 10**37}, 10**37)
    fill(table, "a=b", {}, 7)
    assert register("--from", "a=41", "--from", f"b={10**37 - 1}", "--from", "a=b=8") == 0
    assert register("a", "--from", "41") == register("a=b", "--from", "8") == 0
    assert register("a") == register() == 1


@pytest.mark.parametrize(
    ("first", "finding"),
    [("40", "missing: 40"), ("42", "below the first number: 41"), ("1", "missing: 1 to 40")],
)
def test_series_must_begin_at_its_first_number(
    table: Any,
    register: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    first: str,
    finding: str,
) -> None:
    fill(table, "a", {"x": 41, "y": 42}, 42)
    assert register("a", "--from", first) == register("--from", f"a={first}") == 1
    assert capsys.readouterr().out.count(f'"a": {finding}\n') == 2


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--from", "41"], "--from must be KEY=N for a register of all series"),
        (["--from", "b=41"], "--from must name a series of "),
        (["a", "--from", "a=0"], "--from must be N, or KEY=N, with a whole number"),
    ],
)
def test_first_number_of_no_series_is_an_error(
    table: Any,
    register: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    error: str,
) -> None:
    fill(table, "a", {"x": 1}, 1)
    assert register(*words) == 2
    assert capsys.readouterr().err.startswith(f"error: {error}")


def test_series_of_keys_that_begin_alike_are_told_apart(
    table: Any, register: Callable[..., int]
) -> None:
    for key in ("a", "a\tb", "a b", "a\t"):
        fill(table, key, {"x": 1, "b": 2}, 2)
    assert [register(), register("a"), register("a\tb"), register("a\t")] == [0] * 4


def test_csv_has_every_document_in_the_order_of_numbers(
    table: Any, register: Callable[..., int], tmp_path: Path
) -> None:
    numbers = {f'order-{n}, "é"': n for n in (10, 9, 11, 8)}
    fill(table, "a", numbers, 11)
    assert register("a", "--from", "8", "--csv", str(tmp_path / "a.csv")) == 0
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbf")  # For spreadsheets.
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file)
    assert head == ["systemKey", "number", "documentKey", "issuedAt"]
    assert rows == [["a", str(n), f'order-{n}, "é"', ""] for n in (8, 9, 10, 11)]


def test_times_of_issue_are_printed_and_written(
    served: ServedCounter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, before = served.fresh_key(), datetime.now(UTC)
    served.assign(key, "one", 0)
    served.assign_list(key, ["two", "three"], 1)
    words = [served.table.name, key, "--csv", str(tmp_path / "a.csv")]
    assert main(["register", *words, "--endpoint-url", served.endpoint]) == 0
    times = [row[3] for row in rows_of(tmp_path / "a.csv")]
    one, two, three = map(datetime.fromisoformat, times)
    assert before - timedelta(milliseconds=1) < one <= two == three < datetime.now(UTC)
    assert re.findall(r"(\S+Z) +│ (\S+Z) ", capsys.readouterr().out) == [(times[0], times[2])]


def test_time_of_issue_is_in_iso_8601_with_milliseconds(
    table: Any, register: Callable[..., int], tmp_path: Path
) -> None:
    fill(table, "a", {"x": 1}, 1)
    item = {"systemKey": item_key("a", "x"), "documentNumber": 1, "issuedAt": 1_798_761_599_999}
    table.put_item(Item=item)
    assert register("--csv", str(tmp_path / "a.csv")) == 0
    assert rows_of(tmp_path / "a.csv") == [["a", "1", "x", "2026-12-31T23:59:59.999Z"]]


@pytest.mark.parametrize("time", ["x", "1", -1, Decimal("0.5"), 10**37, 253_402_300_800_000, [1]])
def test_item_without_a_time_of_issue_has_an_empty_one(
    table: Any, register: Callable[..., int], tmp_path: Path, time: object
) -> None:
    fill(table, "a", {}, 1)
    item = {"systemKey": item_key("a", "x"), "documentNumber": 1, "issuedAt": time}
    table.put_item(Item=item)
    assert register("--csv", str(tmp_path / "a.csv")) == 0
    assert rows_of(tmp_path / "a.csv") == [["a", "1", "x", ""]]


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[1:]


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_any_key_is_printed_whole_wherever_the_output_goes(
    table: Any, served: ServedCounter, encoding: str
) -> None:
    keys = ["[/]", "invoices [draft]", ":a:", "é🏔", "\x1b]0;title\x07\x7f\n", "x" * 300]
    for key in keys:
        fill(table, key, {"a": 1, "b": 10**12}, 10**12)
    words = ["register", table.name, "--endpoint-url", served.endpoint]
    done = subprocess.run(
        [sys.executable, "-m", "atomic_counter", *words],
        env={**os.environ, "PYTHONIOENCODING": encoding, "COLUMNS": "40"},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, b"")
    lines = done.stdout.decode(encoding).splitlines()
    assert all(line.isprintable() for line in lines)
    rows = [line for line in lines if "wrong" in line]
    assert [row.count("1000000000000") for row in rows] == [2] * len(keys)
    findings = [line.rpartition(": missing: 2 to 999999999999") for line in lines]
    assert sorted(json.loads(key) for key, found, _ in findings if found) == sorted(keys)
    assert all(any(key in row for row in rows) for key, found, _ in findings if found)


@pytest.mark.parametrize("key", [(), ("b",), ("",)])
def test_nothing_to_prove_is_an_error(
    table: Any,
    register: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    key: tuple[str, ...],
) -> None:
    if key:
        fill(table, "a", {"x": 1}, 1)
    assert register(*key) == 2
    assert capsys.readouterr().err.startswith("error: no document")


def test_missing_table_is_an_error(
    served: ServedCounter, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["register", "none", "--endpoint-url", served.endpoint]) == 2
    assert "ResourceNotFoundException" in capsys.readouterr().err


def series(last: int, *numbers: int) -> DocumentSeries:
    return DocumentSeries(last, {number: [str(number)] for number in numbers})


@pytest.mark.parametrize(
    ("first", "second", "finding"),
    [
        (series(2, 1, 3), series(4, 1, 2, 3, 4), ""),
        (series(2, 1, 2, 3), series(3, 1, 2, 3), ""),
        (series(3, 1, 3), series(5, 1, 3, 5), "missing: 2"),
        (series(1, 1, 9), series(8, 1, *range(2, 9)), "beyond the counter: 9"),
    ],
)
def test_numbers_that_documents_get_during_a_read_are_not_wrong(
    first: DocumentSeries, second: DocumentSeries, finding: str
) -> None:
    assert str(Findings.of(first, second)) == finding


class Pages:
    """A boto3 client with a table of several pages, which changes after each scan."""

    def __init__(self, *scans: list[list[dict[str, Any]]]) -> None:
        self.scans = list(scans)

    def get_paginator(self, _: str) -> "Pages":
        return self

    def paginate(self, **_: Any) -> Iterator[dict[str, Any]]:
        return ({"Items": page, "ScannedCount": 2} for page in self.scans.pop(0))


def test_list_of_a_table_in_use_is_complete_up_to_the_first_last_number() -> None:
    one, two, three, five = (
        {"systemKey": {"S": f"a\t{n}"}, "documentNumber": {"N": str(n)}} for n in (1, 2, 3, 5)
    )
    counters = [{"systemKey": {"S": "a"}, "counterValue": {"N": n}} for n in ("3", "5")]
    scans = [[one], [counters[0], three]], [[one, two, three, five], [counters[1]]]
    series, found = examine(Pages(*scans), "t")
    assert found == {}
    assert (series["a"].last, sorted(series["a"].documents)) == (3, [1, 2, 3])


def test_document_that_is_deleted_during_a_read_is_missing() -> None:
    first, second = series(3, 1, 3), series(3, 1, 2)
    assert str(Findings.of(first, second)) == "missing: 3"


def test_list_is_complete_while_documents_get_numbers(
    served: ServedCounter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(8):  # So that a scan has several pages, of one megabyte each.
        served.table.put_item(Item={"systemKey": f"filler {number}", "note": "x" * 390_000})
    key, is_over = served.fresh_key(), threading.Event()

    def assign(thread: int) -> None:
        with CounterClient(served.url) as client:
            for number in itertools.count():
                client.assign(key, f"{thread}-{number}")
                if is_over.is_set():
                    return

    words = [served.table.name, key, "--csv", str(tmp_path / "a.csv")]
    with ThreadPoolExecutor(4) as threads:
        assigned = [threads.submit(assign, thread) for thread in range(4)]
        try:
            while served.current(key).text == "0":
                pass
            for _ in range(10):
                assert main(["register", *words, "--endpoint-url", served.endpoint]) == 0
                (last,) = re.findall("complete up to ([0-9]+)", capsys.readouterr().out)
                with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
                    numbers = [int(row["number"]) for row in csv.DictReader(file)]
                assert numbers == list(range(1, int(last) + 1))
        finally:
            is_over.set()
    for each in assigned:
        each.result()


def test_full_disk_keeps_the_old_list(
    table: Any, register: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(table, "a", {"x" * 500: 1, "y" * 500: 2}, 2)
    (tmp_path / "a.csv").write_text("the old list")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600, limits[1]))
    try:
        status = register("a", "--csv", str(tmp_path / "a.csv"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (status, (tmp_path / "a.csv").read_text()) == (2, "the old list")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    assert capsys.readouterr().err == f"error: {tmp_path / 'a.csv'}: File too large\n"


def test_table_is_read_again_only_if_something_seems_wrong() -> None:
    counter = {"systemKey": {"S": "a"}, "counterValue": {"N": "2"}}
    one, two = ({"systemKey": {"S": f"a\t{n}"}, "documentNumber": {"N": str(n)}} for n in (1, 2))
    read: list[int] = []
    assert examine(Pages([[one], [two, counter]]), "t", on_page=read.append)[1] == {}
    assert read == [2, 2]
    assert examine(Pages([[one], [counter]], [[one, two], [counter]]), "t")[1] == {}
    assert examine(Pages([[one], [counter]], [[one], [counter]]), "t")[1].keys() == {"a"}
