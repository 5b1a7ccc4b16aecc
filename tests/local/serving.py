"""The command `python -m atomic_counter.local`, run as a user would, in its own process."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import requests

STOP_SECONDS = 20


class Counter(NamedTuple):
    """A counter that is being served."""

    process: subprocess.Popen[str]
    url: str
    table: str
    endpoint: str

    def get(self, system_key: str, **parameters: str) -> requests.Response:
        query = {"systemKey": system_key, **parameters}
        return requests.get(self.url, params=query, timeout=30)

    def next(self, system_key: str) -> str:
        return self.get(system_key).text

    def stop(self, with_signal: int = signal.SIGINT) -> int:
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
def serve(template: Path, *arguments: str | Path) -> Iterator[Counter]:
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


def _counter(process: subprocess.Popen[str]) -> Counter:
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("Press"):
            break
    found = re.search(
        r"apigwcounterurl = (?P<url>[^?\s]+)\?systemKey=system-aa\n"
        r".*tablename = (?P<table>\S+)\n\nDynamoDB endpoint: (?P<endpoint>\S+)\n",
        said,
    )
    assert found, said
    return Counter(process, found["url"], found["table"], found["endpoint"])
