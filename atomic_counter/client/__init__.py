"""The client: numbers for Python programs, one by one or in blocks.

client = CounterClient("https://….amazonaws.com/prod/counter")
client.next("invoices")
"""

from atomic_counter.client.aio import AsyncCounter
from atomic_counter.client.blocks import Counter
from atomic_counter.client.client import AsyncCounterClient, CounterClient
from atomic_counter.client.errors import (
    CertificateError,
    CounterError,
    CounterRefusedError,
    CounterUnavailableError,
    LimitReachedError,
    OvertakenError,
    RecordRefusedError,
    UnexpectedResponseError,
)
from atomic_counter.client.series import AsyncSeries, Series, SeriesNumber
from atomic_counter.client.table import AsyncTableClient, TableClient

__all__ = [
    "AsyncCounter",
    "AsyncCounterClient",
    "AsyncSeries",
    "AsyncTableClient",
    "CertificateError",
    "Counter",
    "CounterClient",
    "CounterError",
    "CounterRefusedError",
    "CounterUnavailableError",
    "LimitReachedError",
    "OvertakenError",
    "RecordRefusedError",
    "Series",
    "SeriesNumber",
    "TableClient",
    "UnexpectedResponseError",
]
