"""A kill while a table is created, changed or deleted leaves a table that can be used."""

import asyncio
import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from atomic_counter.local.dynamodb import (
    DynamoDB,
    EngineError,
    IntegrationResult,
    dynalite,
    endpoint,
)
from atomic_counter.tooling import node
from atomic_counter.tooling.paths import CHECKOUT
from tests.unit.local.dynamodb.test_transactions import TABLE

# dynalite, which leaves a table in these statuses for an hour.
SLOW_ENGINE = """
const server = require('dynalite')({ path: process.argv[1], ...JSON.parse(process.argv[2]) })
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\\n`))
"""
HOUR = 3_600_000
INDEX = {
    "IndexName": "values",
    "KeySchema": [{"AttributeName": "systemKey", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
ITEM = {"TableName": "documents", "Item": {"systemKey": {"S": "a"}, "counterValue": {"N": "7"}}}
GET = {"TableName": "documents", "Key": {"systemKey": {"S": "a"}}}


@contextmanager
def killed_engine(data: Path, **delays: int) -> Iterator[str]:
    """Run dynalite until the end of the block, and kill it then."""
    command = [str(node.executable()), "-e", SLOW_ENGINE, str(data), json.dumps(delays)]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


async def call(dynamodb: DynamoDB, action: str, request: object) -> Any:
    return json.loads((await dynamodb.call(action, json.dumps(request))).body)


async def status(dynamodb: DynamoDB) -> str:
    found = await call(dynamodb, "DescribeTable", {"TableName": "documents"})
    return str(found["Table"]["TableStatus"]) if "Table" in found else "absent"


def leave(data: Path, expected: str, *requests: tuple[str, object], **delays: int) -> None:
    """Leave the table in a status."""

    async def run(url: str) -> None:
        async with DynamoDB(url) as dynamodb:
            for action, request in requests:
                await call(dynamodb, action, request)
                while await status(dynamodb) not in ("ACTIVE", expected):
                    await asyncio.sleep(0.01)
            assert await status(dynamodb) == expected

    with killed_engine(data, **delays) as url:
        asyncio.run(run(url))


def resumed(data: Path, *requests: tuple[str, object]) -> list[Any]:
    """Ensure the table with the engine of `serve`, and return its responses to the requests."""

    async def run() -> list[Any]:
        async with dynalite(node.executable(), data) as url, DynamoDB(url) as dynamodb:
            await dynamodb.ensure_table(TABLE)
            return [await call(dynamodb, action, request) for action, request in requests]

    return asyncio.run(asyncio.wait_for(run(), 60))


@pytest.mark.parametrize("changes", [{}, {"GlobalSecondaryIndexes": [INDEX]}])
def test_table_whose_creation_was_interrupted_is_active(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    leave(tmp_path, "CREATING", ("CreateTable", {**TABLE, **changes}), createTableMs=HOUR)
    found, _, item = resumed(
        tmp_path, ("DescribeTable", {"TableName": "documents"}), ("PutItem", ITEM), ("GetItem", GET)
    )
    indexes = found["Table"].get("GlobalSecondaryIndexes", [])
    assert [index["IndexStatus"] for index in indexes] == ["ACTIVE"] * len(changes)
    assert item["Item"] == ITEM["Item"]


def test_table_whose_change_was_interrupted_keeps_its_items(tmp_path: Path) -> None:
    capacity = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    change = {
        "TableName": "documents",
        "BillingMode": "PROVISIONED",
        "ProvisionedThroughput": capacity,
    }
    requests = [("CreateTable", TABLE), ("PutItem", ITEM), ("UpdateTable", change)]
    leave(tmp_path, "UPDATING", *requests, createTableMs=0, updateTableMs=HOUR)
    found, item = resumed(tmp_path, ("DescribeTable", {"TableName": "documents"}), ("GetItem", GET))
    assert found["Table"]["TableStatus"] == "ACTIVE"
    assert item["Item"] == ITEM["Item"]


def test_table_whose_deletion_was_interrupted_is_created_again_without_items(
    tmp_path: Path,
) -> None:
    delete = ("DeleteTable", {"TableName": "documents"})
    requests = [("CreateTable", TABLE), ("PutItem", ITEM), delete]
    leave(tmp_path, "DELETING", *requests, createTableMs=0, deleteTableMs=HOUR)
    assert resumed(tmp_path, ("GetItem", GET)) == [{}]


class Stuck(DynamoDB):
    """An engine whose table stays in one status."""

    def __init__(self, table_status: str) -> None:
        super().__init__("http://127.0.0.1:1")
        self._table = {"KeySchema": TABLE["KeySchema"], "TableStatus": table_status}

    async def call(self, action: str, body: str, timeout_seconds: float = 29) -> IntegrationResult:  # noqa: ARG002 (as of DynamoDB)
        return IntegrationResult(200, json.dumps({"Table": self._table}))


@pytest.fixture
def ensure(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A function that ensures a table that stays in a status."""
    monkeypatch.setattr(endpoint, "TABLE_SECONDS", 0.05)
    return lambda table_status: asyncio.run(Stuck(table_status).ensure_table(TABLE))


@pytest.mark.parametrize("table_status", ["CREATING", "DELETING", "ARCHIVED"])
def test_table_that_never_becomes_active_is_named(
    ensure: Callable[[str], None], table_status: str
) -> None:
    with pytest.raises(EngineError) as error:
        ensure(table_status)
    assert str(error.value) == (
        "the table documents at http://127.0.0.1:1 must be ACTIVE, got"
        f" {table_status} for 0.05 seconds: wait until it is, or delete it"
    )


def test_table_that_is_changed_is_used(ensure: Callable[[str], None]) -> None:
    ensure("UPDATING")
