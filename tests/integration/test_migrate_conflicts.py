"""A migration names what it can't copy, and gives no number twice."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from atomic_counter.__main__ import main
from atomic_counter.commands.migrate import migrate_counters
from atomic_counter.commands.register import read_series
from atomic_counter.tooling.terminal import quoted
from tests.counter_under_test import create_table, local_dynamodb
from tests.served_counter import ServedCounter, serve

pytestmark = pytest.mark.usefixtures("credentials")

WHOLE = "a whole number from 0, of up to 38 digits"


def document(number: object) -> dict[str, Any]:
    return {"documentNumber": {"N": str(number)}}


def counter(value: object) -> dict[str, Any]:
    return {"counterValue": {"N": str(value)}}


@dataclass
class Tables:
    """A source, and the table of a served counter."""

    served: ServedCounter
    dynamodb: Any
    source: str
    key_name: str = "systemKey"

    def put(self, key: str, *attributes: dict[str, Any]) -> None:
        """Put an item into the source."""
        item = {self.key_name: {"S": key}}
        self.dynamodb.put_item(TableName=self.source, Item=dict(item, **_merged(attributes)))

    def put_target(self, key: str, *attributes: dict[str, Any]) -> None:
        """Put an item into the target."""
        item = {"systemKey": {"S": key}, **_merged(attributes)}
        self.dynamodb.put_item(TableName=self.served.table.name, Item=item)

    def target(self, *keys: str) -> list[Any]:
        """Return items of the target, without their keys."""
        found = [self.served.table.get_item(Key={"systemKey": key}).get("Item", {}) for key in keys]
        return [{name: item[name] for name in item if name != "systemKey"} for item in found]

    def migrate(self, *options: str) -> int:
        """Run the command."""
        words = ["migrate", self.source, self.served.table.name]
        return main([*words, "--endpoint-url", self.served.endpoint, *options])


def _merged(attributes: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    return {name: value for each in attributes for name, value in each.items()}


@pytest.fixture(scope="module")
def served(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedCounter]:
    with serve(template, "--data", tmp_path_factory.mktemp("data")) as counter:
        yield counter


@pytest.fixture
def tables(served: ServedCounter) -> Tables:
    dynamodb = local_dynamodb(served.endpoint)
    return Tables(served, dynamodb, create_table(dynamodb, "systemKey"))


@pytest.fixture
def key() -> str:
    return f"key {uuid4()}"


@pytest.mark.parametrize("flags", [["--dry-run"], []])
def test_two_documents_of_a_key_never_get_one_number(
    tables: Tables, key: str, capsys: pytest.CaptureFixture[str], flags: list[str]
) -> None:
    tables.put(key, counter(3))
    for name, number in {"a": 2, "b": 3, "c": 3}.items():
        tables.put(f"{key}\t{name}", document(number))
    tables.put_target(key, counter(2))
    tables.put_target(f"{key}\tx", document(2))
    assert tables.migrate(*flags) == 1
    output = capsys.readouterr().out
    x, a, b, c = (quoted(f"{key}\t{name}") for name in "xabc")
    assert f"{a}: failed, as {x} has the number 2 in the target\n" in output
    first, second = (b, c) if f"{b}: copied" in output else (c, b)
    assert f"{first}: copied, as a document with number 3\n" in output
    assert f"{second}: failed, as {first} has the number 3 in the target\n" in output
    assert "1 copied, 2 conflicting, 0 failed\n" in output
    numbers = [
        item["documentNumber"] for item in tables.target(*(f"{key}\t{n}" for n in "axbc")) if item
    ]
    assert sorted(numbers) == ([2] if flags else [2, 3])


def test_document_beyond_the_counter_of_the_source_raises_that_of_the_target(
    tables: Tables, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tables.put(key, counter(3))
    tables.put(f"{key}\ta", document(8))
    assert [tables.migrate("--dry-run"), tables.migrate()] == [0, 0]
    assert capsys.readouterr().out.count(f"{quoted(key)}: raised to 8\n") == 2
    assert tables.served.next(key) == "9"


def test_document_whose_number_the_target_can_have_issued_meanwhile_is_not_copied(
    tables: Tables, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables.put(key, counter(3))
    tables.put(f"{key}\ta", document(4))

    def read_and_count(*arguments: Any) -> Any:
        found = read_series(*arguments)
        tables.served.next(key)
        return found

    monkeypatch.setattr("atomic_counter.commands.migrate.target.read_series", read_and_count)
    outcomes = migrate_counters(tables.dynamodb, tables.source, tables.served.table.name)
    assert [str(each).partition(": ")[2] for each in outcomes] == [
        "raised to 3",
        "failed, as the counter in the target isn't at 4 yet, or is in use: run it again",
    ]
    assert tables.target(f"{key}\ta") == [{}]


@pytest.mark.parametrize("value", [{"N": "1.5"}, {"N": "-3"}, {"S": "7"}])
@pytest.mark.parametrize("flags", [["--dry-run"], []])
def test_value_in_the_target_that_is_no_whole_number_is_named_and_kept(
    tables: Tables,
    key: str,
    capsys: pytest.CaptureFixture[str],
    value: dict[str, Any],
    flags: list[str],
) -> None:
    keys = raised, registered, copied = key, f"{key} 2", f"{key} 3\ta"
    tables.put_target(raised, {"counterValue": value})
    tables.put_target(registered, {"counterValue": value})
    tables.put_target(copied, {"documentNumber": value})
    before = tables.target(*keys)
    tables.put(raised, counter(41))
    tables.put(registered)
    tables.put(f"{key} 3", counter(1))
    tables.put(copied, document(1))
    assert tables.migrate(*flags) == 1
    output = capsys.readouterr().out
    for each in keys:
        assert f"{quoted(each)}: failed, as its value in the target isn't {WHOLE}\n" in output
    assert tables.target(*keys) == before


@pytest.mark.parametrize(("key_name", "ahead"), [("systemKey", 1), ("atomicCounter", 0)])
def test_item_that_is_half_a_counter_and_half_a_document_is_named_and_the_rest_is_copied(
    tables: Tables, key: str, capsys: pytest.CaptureFixture[str], key_name: str, ahead: int
) -> None:
    tables.source, tables.key_name = create_table(tables.dynamodb, key_name), key_name
    tables.put(key, counter(7), document(3))
    tables.put(f"{key} 2", document(3))
    tables.put(f"{key} 3", counter(9))
    assert [tables.migrate("--dry-run"), tables.migrate()] == [1, 1]
    output = capsys.readouterr().out
    for each in (key, f"{key} 2"):
        reason = "it has the number of a document, and isn't the item of one"
        assert output.count(f"{quoted(each)}: failed, as {reason}\n") == 2
    numbers = [int(tables.served.next(each)) - ahead for each in (key, f"{key} 3")]
    assert numbers == [7, 9]
    assert not any("documentNumber" in item for item in tables.target(key, f"{key} 2"))


def test_item_of_a_registered_key_is_no_document_though_it_has_the_number_of_one(
    tables: Tables, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tables.put(key, counter(1))
    tables.put(f"{key}\t2026", counter(5), document(1))
    assert tables.migrate() == 1
    assert "it has the number of a document, and isn't the item of one" in capsys.readouterr().out
    assert tables.target(f"{key}\t2026") == [{"counterValue": 5}]


@pytest.mark.parametrize("value", [{}, counter(12)])
def test_registered_key_of_the_target_does_not_become_a_document(
    tables: Tables, key: str, capsys: pytest.CaptureFixture[str], value: dict[str, Any]
) -> None:
    tables.put(key, counter(1))
    tables.put(f"{key}\t2026", document(1))
    tables.put_target(f"{key}\t2026", value)
    assert [tables.migrate("--dry-run"), tables.migrate()] == [1, 1]
    assert capsys.readouterr().out.count("failed, as it is a registered key in the target") == 2
    assert not any("documentNumber" in item for item in tables.target(f"{key}\t2026"))
