"""Migrated counters continue where they were, without duplicates."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from atomic_counter.__main__ import main
from atomic_counter.commands import migrate
from atomic_counter.options import AppOptions
from atomic_counter.tooling.terminal import quoted
from tests.counter_under_test import create_table
from tests.served_counter import ServedCounter, serve
from tests.synthesis import template_file

pytestmark = pytest.mark.usefixtures("credentials")

Move = Callable[..., int]


@pytest.fixture(scope="module")
def served(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedCounter]:
    with serve(template, "--data", tmp_path_factory.mktemp("data")) as counter:
        yield counter


class OldCounter:
    """A table of the 2021 pattern, with the operation of its API."""

    def __init__(self, dynamodb: Any) -> None:
        self.dynamodb = dynamodb
        self.name = create_table(dynamodb, "atomicCounter")

    def seed(self, key: str, value: dict[str, str] | None = None, note: str = "") -> None:
        counter = {"atomicCounter": {"S": key}, "counterValue": value or {"N": "1"}}
        item = {**counter, "note": {"S": note}}
        self.dynamodb.put_item(TableName=self.name, Item=item)

    def next(self, key: str) -> int:
        response = self.dynamodb.update_item(
            TableName=self.name,
            Key={"atomicCounter": {"S": key}},
            UpdateExpression="set counterValue = counterValue + :num",
            ExpressionAttributeValues={":num": {"N": "1"}},
            ReturnValues="UPDATED_OLD",
        )
        return int(response["Attributes"]["counterValue"]["N"])


@pytest.fixture
def old(served: ServedCounter) -> OldCounter:
    return OldCounter(boto3.client("dynamodb", endpoint_url=served.endpoint))


@pytest.fixture
def move(served: ServedCounter, old: OldCounter) -> Move:
    """The command, from the old table to the served one."""

    def move(*options: str, source: str = "") -> int:
        tables = [source or old.name, served.table.name]
        return main(["migrate", *tables, "--endpoint-url", served.endpoint, *options])

    return move


def test_migrated_counter_continues_without_duplicate_or_gap(
    old: OldCounter, served: ServedCounter, move: Move
) -> None:
    key = served.fresh_key("o'brien")
    old.seed(key)
    before = [old.next(key) for _ in range(3)]
    assert move() == 0
    assert [*before, *(int(served.next(key)) for _ in range(2))] == [1, 2, 3, 4, 5]


def test_registered_key_does_not_start_at_1_before_its_migration(
    tmp_path: Path, template: Path
) -> None:
    data = tmp_path / "data"
    with serve(template_file(AppOptions(keys="registered"), tmp_path), "--data", data) as counter:
        old = OldCounter(boto3.client("dynamodb", endpoint_url=counter.endpoint))
        old.seed("a", {"N": "42"})
        assert counter.get("a").status_code == 404
        list(migrate.migrate_counters(old.dynamodb, old.name, counter.table.name))
        assert counter.next("a") == "42"
    with serve(template, "--data", data) as counter:
        assert [counter.next("a"), counter.next("b")] == ["43", "1"]


def test_unused_counter_starts_at_1(old: OldCounter, served: ServedCounter, move: Move) -> None:
    key = served.fresh_key()
    old.seed(key)
    move()
    assert served.next(key) == "1"


def test_second_run_copies_new_counts_and_sets_nothing_back(
    old: OldCounter, served: ServedCounter, move: Move
) -> None:
    counted_in_source, counted_in_target = served.fresh_key(), served.fresh_key()
    for key in (counted_in_source, counted_in_target):
        old.seed(key)
    move()
    old.next(counted_in_source)
    served.next(counted_in_target, count=10)
    move()
    assert (served.next(counted_in_source), served.next(counted_in_target)) == ("2", "11")


def test_ahead_allows_the_source_to_continue_counting(
    old: OldCounter, served: ServedCounter, move: Move
) -> None:
    key = served.fresh_key()
    old.seed(key)
    move("--ahead", "100")
    assert (served.next(key), [old.next(key) for _ in range(100)][-1]) == ("101", 100)


def test_outcome_of_each_counter_is_printed_whatever_its_key(
    old: OldCounter, served: ServedCounter, move: Move, capsys: pytest.CaptureFixture[str]
) -> None:
    behind, further = served.fresh_key("[/b] \n \x7f é"), served.fresh_key()
    served.next(further, count=50)
    for key in (behind, further):
        old.seed(key, {"N": "42"})
    move()
    output = capsys.readouterr().out.splitlines()
    assert f"{quoted(behind)}: raised to 41" in output
    assert f"{json.dumps(further)}: skipped, as it isn't behind 41" in output
    assert output[-1] == "1 raised, 1 skipped, 0 registered, 0 copied, 0 conflicting, 0 failed"


def test_dry_run_prints_the_same_and_writes_nothing(
    old: OldCounter, served: ServedCounter, move: Move, capsys: pytest.CaptureFixture[str]
) -> None:
    counters = {served.fresh_key(): last for last in (0, 40, 41, 50)}
    for key, last in counters.items():
        served.table.put_item(Item={"systemKey": key, "counterValue": last})
        old.seed(key, {"N": "42"})
    new, text = served.fresh_key(), served.fresh_key()
    old.seed(new, {"N": "42"})
    old.seed(text, {"N": "42"})
    served.table.put_item(Item={"systemKey": text, "counterValue": "40"})
    assert move("--dry-run") == 1
    printed = capsys.readouterr().out
    assert {key: served.current(key).text for key in counters} == {
        key: str(last) for key, last in counters.items()
    }
    assert served.current(new).text == "0"
    move()
    assert printed == f"{capsys.readouterr().out}dry run: nothing was written\n"
    assert "3 raised, 2 skipped, 0 registered, 0 copied, 0 conflicting, 1 failed" in printed


def test_every_page_of_the_source_is_read(
    old: OldCounter, served: ServedCounter, move: Move
) -> None:
    keys = [served.fresh_key() for _ in range(6)]
    for key in keys:  # A page of a scan has at most one megabyte.
        old.seed(key, {"N": "8"}, note="x" * 300_000)
    move()
    assert {served.current(key).text for key in keys} == {"7"}


@pytest.mark.parametrize("value", [{"S": "7"}, {"N": "1.5"}, {"N": "9" * 38}])
def test_counter_that_cannot_be_migrated_is_named_and_the_rest_is_migrated(
    old: OldCounter,
    served: ServedCounter,
    move: Move,
    capsys: pytest.CaptureFixture[str],
    value: dict[str, str],
) -> None:
    good, bad = served.fresh_key(), served.fresh_key()
    old.seed(good, {"N": "8"})
    old.seed(bad, value)
    assert move("--ahead", "2") == 1
    output = capsys.readouterr().out
    assert f"{json.dumps(bad)}: failed, as its value in the source isn't" in output
    assert served.next(good) == "10"


def test_text_in_the_target_is_a_failure(
    old: OldCounter, served: ServedCounter, move: Move, capsys: pytest.CaptureFixture[str]
) -> None:
    key = served.fresh_key()
    old.seed(key)
    served.table.put_item(Item={"systemKey": key, "counterValue": "7"})
    assert move() == 1
    assert f"{json.dumps(key)}: failed, as its value in the target" in capsys.readouterr().out


def test_registered_key_without_a_value_is_registered(
    old: OldCounter, served: ServedCounter, move: Move, capsys: pytest.CaptureFixture[str]
) -> None:
    key, restored = served.fresh_key(), create_table(old.dynamodb, "systemKey")
    old.dynamodb.put_item(TableName=restored, Item={"systemKey": {"S": key}})
    assert move("--dry-run", source=restored) == 0
    assert "Item" not in served.table.get_item(Key={"systemKey": key})
    assert move(source=restored) == 0
    assert served.table.get_item(Key={"systemKey": key})["Item"] == {"systemKey": key}
    assert (
        "0 raised, 0 skipped, 1 registered, 0 copied, 0 conflicting, 0 failed"
        in capsys.readouterr().out
    )
    assert move("--ahead", "9", source=restored) == 0
    assert served.next(key) == "10"


@pytest.mark.parametrize("kind", ["N", "B"])
def test_key_that_is_not_a_string_is_refused(
    old: OldCounter, move: Move, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    assert move(source=create_table(old.dynamodb, "systemKey", kind)) == 2
    assert capsys.readouterr().err.endswith(f"got systemKey ({kind})\n")


@pytest.mark.parametrize(("value", "status"), [("-3", 1), ("1.5", 1), ("0", 0)])
def test_counter_below_zero_or_between_two_numbers_is_not_copied(
    old: OldCounter, served: ServedCounter, move: Move, value: str, status: int
) -> None:
    key = served.fresh_key()
    old.seed(key, {"N": value})
    assert move() == status
    assert served.next(key) == "1"


def test_restored_counter_continues_past_the_numbers_issued_since(
    old: OldCounter, served: ServedCounter, move: Move
) -> None:
    key, restored = served.fresh_key(), create_table(old.dynamodb, "systemKey")
    item = {"systemKey": {"S": key}, "counterValue": {"N": "40"}}
    old.dynamodb.put_item(TableName=restored, Item=item)
    assert move("--ahead", "1000", source=restored) == 0
    assert served.next(key) == "1041"


def test_documents_keep_their_numbers(
    old: OldCounter, served: ServedCounter, move: Move, capsys: pytest.CaptureFixture[str]
) -> None:
    key, restored = served.fresh_key(), create_table(old.dynamodb, "systemKey")
    for item in (
        {"systemKey": {"S": key}, "counterValue": {"N": "2"}},
        {"systemKey": {"S": f"{key}\ta"}, "documentNumber": {"N": "1"}},
        {"systemKey": {"S": f"{key}\tb"}, "documentNumber": {"N": "2"}},
    ):
        old.dynamodb.put_item(TableName=restored, Item=item)
    assert [move(*options, source=restored) for options in (["--dry-run"], [], [])] == [0, 0, 0]
    served.table.put_item(Item={"systemKey": f"{key}\tb", "documentNumber": 7})
    assert [move(*options, source=restored) for options in (["--dry-run"], [])] == [1, 1]
    assert capsys.readouterr().out.count(f'"{key}\\tb": failed, as this document has another') == 2
    items = [served.table.get_item(Key={"systemKey": f"{key}\t{name}"})["Item"] for name in "ab"]
    assert [item["documentNumber"] for item in items] == [1, 7]


def test_documents_keep_their_times_of_issue(
    old: OldCounter, served: ServedCounter, move: Move
) -> None:
    key, restored = served.fresh_key(), create_table(old.dynamodb, "systemKey")
    old.dynamodb.put_item(TableName=restored, Item={"systemKey": {"S": key}})
    times = {"a": {"N": "1798761599999"}, "b": {"S": "yesterday"}, "c": {"N": "0.5"}}
    for number, (document, time) in enumerate(times.items(), 1):
        item = {"systemKey": {"S": f"{key}\t{document}"}, "documentNumber": {"N": str(number)}}
        old.dynamodb.put_item(TableName=restored, Item={**item, "issuedAt": time})
    target = {"systemKey": f"{key}\tc", "documentNumber": 3, "issuedAt": 5}
    served.table.put_item(Item=target)
    assert [move(source=restored) for _ in range(2)] == [0, 0]
    items = [served.table.get_item(Key={"systemKey": f"{key}\t{d}"})["Item"] for d in "abc"]
    assert [item.get("issuedAt") for item in items] == [1798761599999, None, 5]


def test_missing_table_is_an_error(move: Move, capsys: pytest.CaptureFixture[str]) -> None:
    assert move(source="none") == 2
    assert "ResourceNotFoundException" in capsys.readouterr().err


def test_table_with_another_key_is_refused(
    old: OldCounter, move: Move, capsys: pytest.CaptureFixture[str]
) -> None:
    assert move(source=create_table(old.dynamodb, "id")) == 2
    assert capsys.readouterr().err.endswith(
        "must be systemKey (S) or atomicCounter (S), got id (S)\n"
    )


def test_interrupted_migration_says_how_to_continue(
    move: Move, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> Iterator[migrate.MigratedCounter]:
        yield migrate.MigratedCounter("a", "raised", 41)
        raise KeyboardInterrupt

    monkeypatch.setattr("atomic_counter.commands.migrate.command.migrate_counters", interrupted)
    assert move() == 130
    assert capsys.readouterr() == (
        '"a": raised to 41\n',
        "interrupted: run it again to copy the rest\n",
    )
