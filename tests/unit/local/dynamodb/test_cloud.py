"""As in the cloud, a key has a limit of writes, and a call has a latency."""

import asyncio
import json
import time
from functools import partial

import pytest

from atomic_counter.local.dynamodb import cloud
from atomic_counter.local.dynamodb.cloud import SimulatedCloud
from atomic_counter.local.dynamodb.connections import ConnectionFailedError, IntegrationResult
from atomic_counter.local.throttling import TokenBucket


class Engine:
    async def call(self, action: str, body: str, timeout_seconds: float = 29) -> IntegrationResult:
        return IntegrationResult(200, f"{action} {body} {timeout_seconds}")


def statuses(limits: SimulatedCloud, action: str, keys: str) -> list[int]:
    async def call_all() -> list[int]:
        bodies = [json.dumps({"Key": {"systemKey": {"S": key}}}) for key in keys]
        return [(await limits.call(action, body)).status for body in bodies]

    return asyncio.run(call_all())


def test_key_beyond_its_limit_is_throttled_and_another_is_not() -> None:
    limits = SimulatedCloud(Engine(), writes_per_second=0.001)
    assert statuses(limits, "UpdateItem", "aaba") == [200, 400, 200, 400]


def test_write_limit_does_not_apply_to_reads() -> None:
    limits = SimulatedCloud(Engine(), writes_per_second=0.001)
    assert statuses(limits, "GetItem", "aaa") == [200, 200, 200]


def test_transaction_takes_two_units_of_each_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud, "TokenBucket", partial(TokenBucket, clock=lambda: 0.0))
    limits = SimulatedCloud(Engine(), writes_per_second=40)
    writes = [{"Update": {"Key": {"systemKey": {"S": key}}}} for key in "ab"]
    body = json.dumps({"TransactItems": writes})
    transactions = [asyncio.run(limits.call("TransactWriteItems", body)) for _ in range(3)]
    assert [transaction.status for transaction in transactions] == [200, 200, 400]
    assert statuses(limits, "UpdateItem", "abc") == [400, 400, 200]


def test_throttled_write_is_a_throttling_exception() -> None:
    limits = SimulatedCloud(Engine(), writes_per_second=0.001)
    asyncio.run(limits.call("UpdateItem", "{}"))
    response = asyncio.run(limits.call("UpdateItem", "{}"))
    assert json.loads(response.body)["__type"].endswith("#ThrottlingException")


def test_one_in_n_responses_is_lost_after_the_write() -> None:
    limits = SimulatedCloud(Engine(), lose_one_in=2)
    assert statuses(limits, "GetItem", "aaa") == [200, 200, 200]
    assert statuses(limits, "UpdateItem", "a") == [200]
    with pytest.raises(ConnectionFailedError, match="the response was lost"):
        statuses(limits, "UpdateItem", "a")


def test_call_is_delayed_and_otherwise_unchanged() -> None:
    started = time.monotonic()
    response = asyncio.run(SimulatedCloud(Engine(), latency_seconds=0.05).call("GetItem", "{}", 3))
    assert response == IntegrationResult(200, "GetItem {} 3")
    assert time.monotonic() - started >= 0.05
