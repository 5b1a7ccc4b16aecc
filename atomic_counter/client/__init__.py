"""Numbers for Python programs, one by one or by the block.

`CounterClient(url).next("invoices")` takes one number in one request, and `reserve` a range of
them. `CounterClient(url).counter("tickets", block=1000)` hands numbers out from memory.
"""

from atomic_counter.client.aio import AsyncCounter, AsyncCounterClient
from atomic_counter.client.errors import (
    CounterError,
    CounterRefusedError,
    CounterUnavailableError,
    UnexpectedAnswerError,
)
from atomic_counter.client.leasing import Counter
from atomic_counter.client.sync import CounterClient

__all__ = [
    "AsyncCounter",
    "AsyncCounterClient",
    "Counter",
    "CounterClient",
    "CounterError",
    "CounterRefusedError",
    "CounterUnavailableError",
    "UnexpectedAnswerError",
]
