"""What DynamoDB in the cloud has and an engine on this machine has not: distance and limits."""

import asyncio
import json
from typing import Protocol

from atomic_counter.local.dynamodb.connections import Answer
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
    """

    def __init__(
        self,
        backend: Backend,
        latency_seconds: float = 0,
        writes_per_second: float | None = None,
    ) -> None:
        self._backend = backend
        self._latency_seconds = latency_seconds
        self._writes_per_second = writes_per_second
        self._buckets: dict[str, TokenBucket] = {}

    async def call(self, action: str, body: str, timeout_seconds: float = 29) -> Answer:
        """As `DynamoDB.call`."""
        await asyncio.sleep(self._latency_seconds)
        if action == "UpdateItem" and not self._may_write(body):
            return THROTTLED
        return await self._backend.call(action, body, timeout_seconds)

    def _may_write(self, body: str) -> bool:
        if self._writes_per_second is None:
            return True
        key = json.dumps(json.loads(body).get("Key"), sort_keys=True)
        if key not in self._buckets:
            limit = self._writes_per_second
            self._buckets[key] = TokenBucket(Throttle(rate=limit, burst=max(1, int(limit / 10))))
        return self._buckets[key].take()
