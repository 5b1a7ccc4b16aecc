"""The command `python -m atomic_counter.local` in a process of its own."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from atomic_counter.local import LocalError

STOP_SECONDS = 20


@dataclass(frozen=True)
class Served:
    """A counter that is being served on this machine.

    Attributes:
        url: The URL that counts, without its query string.
        table: The table's name.
        endpoint: The DynamoDB engine's.
        said: All that the command said until it was ready.
        process: The command.
    """

    url: str
    table: str
    endpoint: str
    said: str
    process: subprocess.Popen[str]


def command(*arguments: str | Path) -> list[str]:
    """The command's words, for a free port."""
    return [sys.executable, "-m", "atomic_counter.local", "--port", "0", *map(str, arguments)]


@contextmanager
def serve(*arguments: str | Path) -> Iterator[Served]:
    """Run the command with `arguments` until the end of the block.

    Raises:
        LocalError: It stopped before it was ready; it has said why on standard error.
    """
    process = subprocess.Popen(
        command(*arguments),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=os.name != "nt",
    )
    try:
        yield _when_ready(process)
    finally:
        process.terminate()
        process.communicate(timeout=STOP_SECONDS)


def _when_ready(process: subprocess.Popen[str]) -> Served:
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("Press"):
            break
    found = [
        re.search(pattern, said)
        for pattern in (
            r"apigwcounterurl = ([^?\s]+)\?",
            r"tablename = (\S+)",
            r"DynamoDB endpoint: (\S+)",
        )
    ]
    url, table, endpoint = (match[1] if match else "" for match in found)
    if not (url and table and endpoint):
        raise LocalError(f"the counter was not served: {said.strip() or 'it said nothing'}")
    return Served(url, table, endpoint, said, process)
