"""The command `python -m atomic_counter.local`, run as a user would, in its own process."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.counter import Counter, local_table

STOP_SECONDS = 20


@dataclass
class ServedCounter(Counter):
    """A counter that is being served on this machine."""

    endpoint: str = ""
    said: str = ""
    process: subprocess.Popen[str] | None = None

    def stop(self, with_signal: int = signal.SIGINT) -> int:
        assert self.process
        self.process.send_signal(with_signal)
        return self.process.wait(STOP_SECONDS)


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "atomic_counter.local", "--port", "0", *map(str, arguments)]


def fail(*arguments: str | Path) -> tuple[int, str]:
    """Run the command with something wrong; its exit status and what it said."""
    done = subprocess.run(
        command(*arguments), capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stderr


@contextmanager
def serve(template: Path, *arguments: str | Path) -> Iterator[ServedCounter]:
    """Serve `template` on a free port until the end of the block."""
    process = subprocess.Popen(
        command("--template", template, *arguments),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=os.name != "nt",
    )
    try:
        yield _counter(process)
    finally:
        process.terminate()
        process.communicate(timeout=STOP_SECONDS)


def _counter(process: subprocess.Popen[str]) -> ServedCounter:
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("Press"):
            break
    url = re.search(r"apigwcounterurl = ([^?\s]+)\?systemKey=system-aa\n", said)
    name = re.search(r"tablename = (\S+)\n", said)
    endpoint = re.search(r"\nDynamoDB endpoint: (\S+)\n", said)
    if not (url and name and endpoint):
        raise AssertionError(said)
    table = local_table(endpoint[1], name[1])
    return ServedCounter(url[1], table, endpoint=endpoint[1], said=said, process=process)
