"""The engine's transactions are DynamoDB's, and dynalite has none by itself."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from atomic_counter.local.dynamodb import DynamoDB, engine
from atomic_counter.tooling import node
from atomic_counter.tooling.paths import CHECKOUT

TABLE = {
    "TableName": "documents",
    "KeySchema": [{"AttributeName": "systemKey", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "systemKey", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
# Requests in this order, and what AWS's DynamoDB Local returned.
RECORDED = json.loads(Path(__file__).with_name("recorded_transactions.json").read_text())


class Engine:
    """The default engine, with a table."""

    def __init__(self, dynamodb: DynamoDB) -> None:
        self._dynamodb = dynamodb

    async def call(self, action: str, request: object) -> Any:
        return json.loads((await self._dynamodb.call(action, json.dumps(request))).body)

    async def create_table(self, **changes: Any) -> None:
        table = {**TABLE, **changes}
        await self.call("CreateTable", table)
        while True:
            found = await self.call("DescribeTable", {"TableName": table["TableName"]})
            if found["Table"]["TableStatus"] == "ACTIVE":
                break

    async def transact(self, *writes: dict[str, Any]) -> Any:
        return await self.call("TransactWriteItems", {"TransactItems": writes})

    async def value(self, key: str) -> str:
        item = {"TableName": "documents", "Key": {"systemKey": {"S": key}}}
        return str((await self.call("GetItem", item))["Item"]["counterValue"]["N"])


@pytest.fixture
def runner(tmp_path: Path) -> Any:
    """A function that runs a coroutine with an engine."""

    async def with_engine(work: Any) -> Any:
        async with (
            engine.dynalite(node.executable(), tmp_path) as endpoint,
            DynamoDB(endpoint) as dynamodb,
        ):
            this = Engine(dynamodb)
            await this.create_table()
            return await work(this)

    return lambda work: asyncio.run(with_engine(work))


def add(key: str, **changes: Any) -> dict[str, Any]:
    return {
        "TableName": "documents",
        "Key": {"systemKey": {"S": key}},
        "UpdateExpression": "ADD counterValue :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
        **changes,
    }


def test_dynalite_has_no_transactions() -> None:
    """A failure means that `transactions.cjs` can go."""
    node.install_packages()
    actions = {path.stem for path in Path(CHECKOUT, "node_modules/dynalite/actions").iterdir()}
    assert "updateItem" in actions
    assert "transactWriteItems" not in actions


def test_transactions_return_what_dynamodb_returns(runner: Any) -> None:
    async def replay(engine: Engine) -> None:
        for case in RECORDED:
            body = await engine.call("TransactWriteItems", case["request"])
            found = body.get("__type"), body.get("CancellationReasons")
            assert found == (case["type"], case["reasons"]), case["name"]

    runner(replay)


def test_concurrent_transactions_and_writes_lose_nothing(runner: Any) -> None:
    async def count(engine: Engine) -> list[str]:
        pairs = [("a", "b"), ("b", "a")] * 40
        transactions = [engine.transact(*({"Update": add(key)} for key in pair)) for pair in pairs]
        writes = [engine.call("UpdateItem", add("a")) for _ in range(40)]
        await asyncio.gather(*transactions, *writes)
        return [await engine.value(key) for key in "ab"]

    assert runner(count) == ["120", "80"]


@pytest.mark.parametrize(
    "write", [{"ConditionCheck": add("a")}, {"Put": {}, "Delete": {}}, {"Update": None}, None, 7]
)
def test_unsupported_write_is_refused(runner: Any, write: Any) -> None:
    async def send(engine: Engine) -> tuple[str, str]:
        refused = await engine.transact({"Update": add("b")}, write)
        await engine.transact({"Update": add("b")})
        return refused["__type"].partition("#")[2], await engine.value("b")

    kind, value = runner(send)
    assert kind in ("ValidationException", "SerializationException")
    assert value == "1"


@pytest.mark.parametrize("request_body", ["", "{", "[]", "null", '"text"'])
def test_malformed_transaction_is_refused_and_the_engine_continues(
    runner: Any, request_body: str
) -> None:
    async def send(engine: Engine) -> tuple[int, Any]:
        refused = await engine._dynamodb.call("TransactWriteItems", request_body)
        return refused.status, await engine.transact({"Update": add("a")})

    assert runner(send) == (400, {})


def test_transaction_on_a_table_with_an_index_is_refused(runner: Any) -> None:
    index = {
        "IndexName": "index",
        "KeySchema": TABLE["KeySchema"],
        "Projection": {"ProjectionType": "ALL"},
    }

    async def send(engine: Engine) -> str:
        await engine.create_table(TableName="indexed", GlobalSecondaryIndexes=[index])
        refused = await engine.transact({"Update": add("a", TableName="indexed")})
        return str(refused["message"])

    assert "no transactions on a table with secondary indexes" in runner(send)
