"""What a forked process must not share with its parent: connections, and numbers at hand."""

import os
from typing import Protocol
from weakref import WeakSet


class Forgetful(Protocol):
    def forget(self) -> None:
        """Start anew, without what the parent process goes on using."""


_forgetful: "WeakSet[Forgetful]" = WeakSet()


def forget_after_fork(instance: Forgetful) -> None:
    """Let `instance` forget in every process that is forked from this one."""
    _forgetful.add(instance)


def _forget() -> None:
    for instance in list(_forgetful):
        instance.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
