"""Throttles: a token bucket, as API Gateway has for each method, and DynamoDB for each key."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Throttle:
    """The accepted requests: per second, and at once."""

    rate: float
    burst: int


class TokenBucket:
    """Contains up to `burst` tokens and gains `rate` a second."""

    def __init__(self, throttle: Throttle, clock: Callable[[], float] = time.monotonic) -> None:
        self._throttle = throttle
        self._clock = clock
        self._tokens = float(throttle.burst)
        self._filled = clock()

    def take(self, count: int = 1) -> bool:
        """Take tokens, and return whether there were enough."""
        now = self._clock()
        gained = (now - self._filled) * self._throttle.rate
        self._tokens = min(self._throttle.burst, self._tokens + gained)
        self._filled = now
        if self._tokens < count:
            return False
        self._tokens -= count
        return True
