"""The register of documents: it proves that their numbers are complete.

A document's item has the key `systemKey`, a tab and `documentKey`, its number in the attribute
`documentNumber`, and the time of issue in `issuedAt`. The counter's item has the key `systemKey`,
and the last number in `counterValue`.
"""

from atomic_counter.commands.register.command import register
from atomic_counter.commands.register.reading import examine, read_series
from atomic_counter.commands.register.series import DocumentSeries, Findings

__all__ = ["DocumentSeries", "Findings", "examine", "read_series", "register"]
