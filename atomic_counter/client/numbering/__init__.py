"""The definition of a series: what its keys and texts show, and of which date."""

from atomic_counter.client.numbering.dates import Clock, Dates, system_clock
from atomic_counter.client.numbering.definition import Definition
from atomic_counter.client.numbering.sources import AsyncNumberSource, NumberSource

__all__ = [
    "AsyncNumberSource",
    "Clock",
    "Dates",
    "Definition",
    "NumberSource",
    "system_clock",
]
