"""Copies the counters and documents of another table.

The source is a table of the 2021 pattern, or a table of this stack, such as a restored one. No
counter is ever set back: a second run copies what the source has counted since the first, and skips
the counters that are ahead in the target.
"""

from atomic_counter.commands.migrate.command import migrate
from atomic_counter.commands.migrate.copying import migrate_counters
from atomic_counter.commands.migrate.outcomes import MigratedCounter

__all__ = ["MigratedCounter", "migrate", "migrate_counters"]
