"""What DynamoDB in the cloud has and an engine on this machine has not: distance, limits, loss."""

import asyncio
import json
from typing import Protocol

from atomic_counter.local.dynamodb.connections import Answer, ConnectionFailedError
from atomic_counter.local.throttling import Throttle, TokenBucket

# What an on-demand table answers when a key is written to faster than its partition can.
THROTTLED = Answer(
    400,
    json.dumps(
        {
            "__type": "com.amazon.coral.availability#ThrottlingException",
            "message": "Throughput exceeds the current throughput limit for your table or index.",
        }
    ),
)


class Backend(Protocol):
    """What the gateway calls: DynamoDB, or something before it."""

    async def call(self, action: str, body: str, timeout_seconds: float = 29) -> Answer: ...


class CloudLimits:
    """Calls `backend` as if it were in the cloud.

    Args:
        backend: The engine on this machine.
        latency_seconds: Added to each call. Default: 0.
        writes_per_second: How many writes one key can take; the rest is throttled. A partition
            of DynamoDB takes 1000. Default: no limit.
        lose_one_in: Of so many answers to writes one is lost after the write. Default: none is.
    """

    def __init__(
        self,
        backend: Backend,
        latency_seconds: float = 0,
        writes_per_second: float | None = None,
        lose_one_in: int | None = None,
    ) -> None:
        self._backend = backend
        self._latency_seconds = latency_seconds
        self._writes_per_second = writes_per_second
        self._lose_one_in = lose_one_in
        self._writes = 0
        self._buckets: dict[str, TokenBucket] = {}

    async def call(self, action: str, body: str, timeout_seconds: float = 29) -> Answer:
        """As `DynamoDB.call`."""
        await asyncio.sleep(self._latency_seconds)
        is_write = action == "UpdateItem"
        if is_write and not self._may_write(body):
            return THROTTLED
        answer = await self._backend.call(action, body, timeout_seconds)
        if is_write and self._is_lost():
            raise ConnectionFailedError("the answer was lost, as --lose-one-in asks for")
        return answer

    def _is_lost(self) -> bool:
        self._writes += 1
        return self._lose_one_in is not None and self._writes % self._lose_one_in == 0

    def _may_write(self, body: str) -> bool:
        if self._writes_per_second is None:
            return True
        key = json.dumps(json.loads(body).get("Key"), sort_keys=True)
        if key not in self._buckets:
            limit = self._writes_per_second
            self._buckets[key] = TokenBucket(Throttle(rate=limit, burst=max(1, int(limit / 10))))
        return self._buckets[key].take()
