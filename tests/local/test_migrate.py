"""Counters of another table go on where they were; no number of theirs is repeated."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest

from atomic_counter import migrate
from atomic_counter.options import Options
from tests.serving import ServedCounter, serve
from tests.synthesis import template_file

Move = Callable[..., int]


@pytest.fixture(scope="module")
def served(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedCounter]:
    with serve(template, "--data", tmp_path_factory.mktemp("data")) as counter:
        yield counter


def create_table(dynamodb: Any, key: str) -> str:
    """A new table with this key; gives its name."""
    name = f"{key}-{uuid4()}"
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 0.05})
    return name


class OldCounter:
    """A table of the 2021 pattern, and what its API does with it."""

    def __init__(self, dynamodb: Any) -> None:
        self.dynamodb = dynamodb
        self.name = create_table(dynamodb, "atomicCounter")

    def seed(self, key: str, value: dict[str, str] | None = None, note: str = "") -> None:
        counter = {"atomicCounter": {"S": key}, "counterValue": value or {"N": "1"}}
        item = {**counter, "note": {"S": note}}
        self.dynamodb.put_item(TableName=self.name, Item=item)

    def next(self, key: str) -> int:
        answer = self.dynamodb.update_item(
            TableName=self.name,
            Key={"atomicCounter": {"S": key}},
            UpdateExpression="set counterValue = counterValue + :num",
            ExpressionAttributeValues={":num": {"N": "1"}},
            ReturnValues="UPDATED_OLD",
        )
        return int(answer["Attributes"]["counterValue"]["N"])


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any will do for the engine."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.fixture
def old(served: ServedCounter) -> OldCounter:
    return OldCounter(boto3.client("dynamodb", endpoint_url=served.endpoint))


@pytest.fixture
def move(served: ServedCounter, old: OldCounter) -> Move:
    """The command, from the old table to the one that is served."""

    def move(*options: str, source: str = "") -> int:
        tables = [source or old.name, served.table.name]
        return migrate.main([*tables, "--endpoint-url", served.endpoint, *options])

    return move


def test_a_moved_counter_goes_on_without_a_repeat_and_without_a_gap(
    old: OldCounter, served: ServedCounter, move: Move
) -> None:
    key = served.fresh_key("o'brien")
    old.seed(key)
    before = [old.next(key) for _ in range(3)]
    assert move() == 0
    assert [*before, *(int(served.next(key)) for _ in range(2))] == [1, 2, 3, 4, 5]


def test_where_keys_are_registered_none_starts_at_1_before_it_is_moved(
    tmp_path: Path, template: Path
) -> None:
    data = tmp_path / "data"
    with serve(template_file(Options(keys="registered"), tmp_path), "--data", data) as counter:
        old = OldCounter(boto3.client("dynamodb", endpoint_url=counter.endpoint))
        old.seed("a", {"N": "42"})
        assert counter.get("a").status_code == 404
        list(migrate.migrate(old.dynamodb, old.name, counter.table.name))
        assert counter.next("a") == "42"
    with serve(template, "--data", data) as counter:
        assert [counter.next("a"), counter.next("b")] == ["43", "1"]


def test_a_counter_that_was_never_asked_starts_with_one(
    old: OldCounter, served: ServedCounter, move: Move
) -> None:
    key = served.fresh_key()
    old.seed(key)
    move()
    assert served.next(key) == "1"


def test_run_again_it_moves_what_was_counted_since_and_never_sets_back(
    old: OldCounter, served: ServedCounter, move: Move
) -> None:
    moved_on, counted_on = served.fresh_key(), served.fresh_key()
    for key in (moved_on, counted_on):
        old.seed(key)
    move()
    old.next(moved_on)
    served.next(counted_on, count=10)
    move()
    assert (served.next(moved_on), served.next(counted_on)) == ("2", "11")


def test_with_ahead_the_source_may_go_on_counting(
    old: OldCounter, served: ServedCounter, move: Move
) -> None:
    key = served.fresh_key()
    old.seed(key)
    move("--ahead", "100")
    assert (served.next(key), [old.next(key) for _ in range(100)][-1]) == ("101", 100)


def test_each_counter_is_told_with_what_became_of_it_whatever_its_key(
    old: OldCounter, served: ServedCounter, move: Move, capsys: pytest.CaptureFixture[str]
) -> None:
    behind, further = served.fresh_key("[/b] \n é"), served.fresh_key()
    served.next(further, count=50)
    for key in (behind, further):
        old.seed(key, {"N": "42"})
    move()
    said = capsys.readouterr().out.splitlines()
    assert f"{json.dumps(behind)}: raised to 41" in said
    assert f"{json.dumps(further)}: left alone, as it is not behind 41" in said
    assert said[-1] == "1 raised, 1 left alone, 0 not moved"


def test_a_dry_run_tells_the_same_and_writes_nothing(
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
    assert move("--dry-run") == 0
    would = capsys.readouterr().out
    assert {key: served.current(key).text for key in counters} == {
        key: str(last) for key, last in counters.items()
    }
    assert served.current(new).text == "0"
    move()
    assert would == f"{capsys.readouterr().out}dry run: nothing was written\n"
    assert "3 raised, 3 left alone" in would


def test_every_page_of_the_source_is_read(
    old: OldCounter, served: ServedCounter, move: Move
) -> None:
    keys = [served.fresh_key() for _ in range(6)]
    for key in keys:  # A page has a megabyte.
        old.seed(key, {"N": "8"}, note="x" * 300_000)
    move()
    assert {served.current(key).text for key in keys} == {"7"}


@pytest.mark.parametrize("value", [{"S": "7"}, {"N": "1.5"}, {"N": "9" * 38}])
def test_what_cannot_be_moved_is_named_and_the_rest_is_moved(
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
    said = capsys.readouterr().out
    assert f'"{bad}": not moved, as it has no whole number of up to 38 digits\n' in said
    assert served.next(good) == "10"


def test_a_counter_below_zero_goes_on_too(
    old: OldCounter, served: ServedCounter, move: Move
) -> None:
    key = served.fresh_key()
    old.seed(key, {"N": "-3"})
    assert move() == 0
    assert (int(served.next(key)), old.next(key)) == (-3, -3)


def test_after_a_restore_each_counter_goes_on_past_what_was_given_out_since(
    old: OldCounter, served: ServedCounter, move: Move
) -> None:
    key, restored = served.fresh_key(), create_table(old.dynamodb, "systemKey")
    item = {"systemKey": {"S": key}, "counterValue": {"N": "40"}}
    old.dynamodb.put_item(TableName=restored, Item=item)
    assert move("--ahead", "1000", source=restored) == 0
    assert served.next(key) == "1041"


def test_a_table_that_is_not_there_is_an_error(
    move: Move, capsys: pytest.CaptureFixture[str]
) -> None:
    assert move(source="none") == 1
    assert "ResourceNotFoundException" in capsys.readouterr().err


def test_a_table_with_another_key_is_refused(
    old: OldCounter, move: Move, capsys: pytest.CaptureFixture[str]
) -> None:
    assert move(source=create_table(old.dynamodb, "id")) == 1
    assert capsys.readouterr().err.endswith("has the key id, not systemKey or atomicCounter\n")


def test_what_is_interrupted_says_how_to_go_on(
    move: Move, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> Iterator[migrate.Moved]:
        yield migrate.Moved("a", 41, is_raised=True)
        raise KeyboardInterrupt

    monkeypatch.setattr(migrate, "migrate", interrupted)
    assert move() == 130
    assert capsys.readouterr() == (
        '"a": raised to 41\n',
        "interrupted: run again, it goes on with the rest\n",
    )
