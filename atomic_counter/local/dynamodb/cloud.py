"""Simulates the cloud on one machine: latency, write limits and lost responses."""

import asyncio
import json
from typing import Protocol

from atomic_counter.local.dynamodb.connections import ConnectionFailedError, IntegrationResult
from atomic_counter.local.throttling import Throttle, TokenBucket

# The response of an on-demand table to writes of a key beyond the limit of its partition.
THROTTLED = IntegrationResult(
    400,
    json.dumps(
        {
            "__type": "com.amazon.coral.availability#ThrottlingException",
            "message": "Throughput exceeds the current throughput limit for your table or index.",
        }
    ),
)


# The write units that an action takes of each of its keys, if the item is at most 1 KB.
UNITS = {"UpdateItem": 1, "TransactWriteItems": 2}


class Backend(Protocol):
    """What the gateway calls: DynamoDB, or a wrapper of it."""

    async def call(self, action: str, body: str, timeout_seconds: float = 29) -> IntegrationResult:
        """Send one request, as `DynamoDB.call` does."""


class SimulatedCloud:
    """Calls `backend` as if it were in the cloud.

    Args:
        backend: The engine on this machine.
        latency_seconds: The delay of each call. Default: 0.
        writes_per_second: The writes that one key accepts, beyond which they are throttled. In
            DynamoDB a partition accepts 1000. Default: no limit.
        lose_one_in: One in so many responses to a write is lost, after the write. Default: none.
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

    async def call(self, action: str, body: str, timeout_seconds: float = 29) -> IntegrationResult:
        """Send one request, as `DynamoDB.call` does."""
        await asyncio.sleep(self._latency_seconds)
        is_write = action in UNITS
        if is_write and not self._accepts_write(UNITS[action], body):
            return THROTTLED
        response = await self._backend.call(action, body, timeout_seconds)
        if is_write and self._is_lost():
            raise ConnectionFailedError("the response was lost, because of --lose-one-in")
        return response

    def _is_lost(self) -> bool:
        self._writes += 1
        return self._lose_one_in is not None and self._writes % self._lose_one_in == 0

    def _accepts_write(self, units: int, body: str) -> bool:
        if self._writes_per_second is None:
            return True
        request = json.loads(body)
        transaction = request.get("TransactItems", [{"Update": request}])
        keys = [
            json.dumps(w.get("Key"), sort_keys=True) for item in transaction for w in item.values()
        ]
        burst = max(units, int(self._writes_per_second / 10))
        throttle = Throttle(rate=self._writes_per_second, burst=burst)
        return all(self._buckets.setdefault(key, TokenBucket(throttle)).take(units) for key in keys)
