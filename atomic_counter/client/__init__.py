"""Numbers for Python programs, one by one or by the block.

from atomic_counter.client import CounterClient

client = CounterClient("https://….amazonaws.com/prod/counter")
client.next("invoices")                               # one number, one request
client.reserve("invoices", 100)                       # a range of 100, one request
tickets = client.counter("tickets", block=1000)
next(tickets)                                         # from memory, a request a thousand
"""

from atomic_counter.client.aio import AsyncCounter, AsyncCounterClient
from atomic_counter.client.client import CounterClient
from atomic_counter.client.counter import Counter
from atomic_counter.client.errors import (
    CounterError,
    CounterRefusedError,
    CounterUnavailableError,
    UnexpectedAnswerError,
)

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
