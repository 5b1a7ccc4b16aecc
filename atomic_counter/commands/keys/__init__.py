"""The keys of a table: what they are, a new one, and a higher next number of one.

Every change is one conditional write, so of two at once only one succeeds, and nothing ever lowers
the number of a key.
"""

from atomic_counter.commands.keys.command import keys

__all__ = ["keys"]
