"""Whatever a process holds, such as reserved numbers and connections, isn't its child's.

A program that isn't Python, such as uWSGI, forks without calling a hook of Python. So every use
compares the process with the one that got what it uses.
"""

import mmap
import os
from collections.abc import Callable
from typing import Any, Generic, TypeVar

Held = TypeVar("Held")

_MADV_WIPEONFORK = 18  # Of Linux. The module mmap has no name for it.
_forks = 0


def process_id() -> int:
    """Return the id of this process, which differs from the ids of the processes that forked it.

    An id of the system can be that of an ancestor that has ended. Only a fork that Python sees can
    tell the two apart.
    """
    return _forks << 32 | os.getpid()


def _count_fork() -> None:
    global _forks  # noqa: PLW0603 (a number of this process)
    _forks += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_count_fork)


class _NoMemory:
    """Compares the id of the process itself, where no memory is wiped."""

    def __getitem__(self, _: int) -> int:
        return process_id()

    def __setitem__(self, _: int, __: int) -> None:
        pass


def _wiped_memory() -> Any:
    """Return a number that the system wipes in a forked process.

    Reading it takes a small part of the time of `os.getpid`, which is several times that of
    returning a reserved number.
    """
    try:
        page = mmap.mmap(-1, mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        page.madvise(_MADV_WIPEONFORK)
    except (AttributeError, OSError, ValueError):  # Not Linux, or an old one.
        return _NoMemory()
    return memoryview(page).cast("Q")


#: The id of this process at index 0, or 0 in a forked process that hasn't stored it yet.
owner_memory = _wiped_memory()


class PerProcess(Generic[Held]):
    """Something that every process creates when it first uses it.

    What belongs to a process that forked this one stays as it is, and is never used.

    Args:
        create: Creates it.
    """

    def __init__(self, create: Callable[[], Held]) -> None:
        self._create = create
        self._held: dict[int, Held] = {}

    def get(self) -> Held:
        """Return what belongs to this process."""
        process = process_id()
        try:
            return self._held[process]
        except KeyError:  # Without a lock: another thread of the parent can hold it forever.
            return self._held.setdefault(process, self._create())
