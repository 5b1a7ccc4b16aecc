"""The definition of a series: what its keys and texts show, and of which date."""

from atomic_counter.client.numbering.dates import Clock, Dates, system_clock
from atomic_counter.client.numbering.definition import Definition

__all__ = ["Clock", "Dates", "Definition", "system_clock"]
