"""What a forked process must not share with its parent: connections, and reserved numbers."""

import os
from typing import Protocol
from weakref import WeakSet


class Resettable(Protocol):
    """An object with state that belongs to one process."""

    def reset(self) -> None:
        """Start anew, without the state of the parent process."""


_resettables: "WeakSet[Resettable]" = WeakSet()


def reset_after_fork(instance: Resettable) -> None:
    """Reset `instance` in every process that is forked from this one."""
    _resettables.add(instance)


def _reset_all() -> None:
    for instance in list(_resettables):
        instance.reset()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_all)
