"""As in the cloud: a key takes only so many writes, and a call takes its time."""

import asyncio
import json
import time

import pytest

from atomic_counter.local.dynamodb.cloud import CloudLimits
from atomic_counter.local.dynamodb.connections import Answer, ConnectionFailedError


class Engine:
    async def call(self, action: str, body: str, timeout_seconds: float = 29) -> Answer:
        return Answer(200, f"{action} {body} {timeout_seconds}")


def statuses(limits: CloudLimits, action: str, keys: str) -> list[int]:
    async def call_all() -> list[int]:
        bodies = [json.dumps({"Key": {"systemKey": {"S": key}}}) for key in keys]
        return [(await limits.call(action, body)).status for body in bodies]

    return asyncio.run(call_all())


def test_past_its_limit_a_key_is_throttled_and_another_is_not() -> None:
    limits = CloudLimits(Engine(), writes_per_second=0.001)
    assert statuses(limits, "UpdateItem", "aaba") == [200, 400, 200, 400]


def test_reads_have_no_limit_of_writes() -> None:
    limits = CloudLimits(Engine(), writes_per_second=0.001)
    assert statuses(limits, "GetItem", "aaa") == [200, 200, 200]


def test_a_throttled_write_is_dynamodbs_throttling_exception() -> None:
    limits = CloudLimits(Engine(), writes_per_second=0.001)
    asyncio.run(limits.call("UpdateItem", "{}"))
    answer = asyncio.run(limits.call("UpdateItem", "{}"))
    assert json.loads(answer.body)["__type"].endswith("#ThrottlingException")


def test_one_answer_to_a_write_in_so_many_is_lost_after_the_write() -> None:
    limits = CloudLimits(Engine(), lose_one_in=2)
    assert statuses(limits, "GetItem", "aaa") == [200, 200, 200]
    assert statuses(limits, "UpdateItem", "a") == [200]
    with pytest.raises(ConnectionFailedError, match="the answer was lost"):
        statuses(limits, "UpdateItem", "a")


def test_a_call_takes_the_latency_and_is_passed_on_as_it_is() -> None:
    started = time.monotonic()
    answer = asyncio.run(CloudLimits(Engine(), latency_seconds=0.05).call("GetItem", "{}", 3))
    assert answer == Answer(200, "GetItem {} 3")
    assert time.monotonic() - started >= 0.05
