"""The command `atomic-counter serve` in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from atomic_counter.tooling.errors import CommandError
from atomic_counter.tooling.paths import python_environment

STOP_SECONDS = 60


@dataclass(frozen=True)
class ServedStack:
    """A stack that a gateway serves: its URL has no query string."""

    name: str
    url: str
    table: str
    api_keys: tuple[str, ...]
    requires_signature: bool


def print_served(stacks: Sequence[ServedStack], endpoint: str) -> None:
    """Print what a gateway serves as a line of JSON, in UTF-8 whatever `PYTHONIOENCODING` is."""
    line = json.dumps({"stacks": [asdict(stack) for stack in stacks], "endpoint": endpoint})
    sys.stdout.buffer.write(f"{line}\n".encode())
    sys.stdout.flush()


@dataclass(frozen=True)
class GatewayProcess:
    """A running gateway."""

    stacks: tuple[ServedStack, ...]
    endpoint: str
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        """The URL of the first stack."""
        return self.stacks[0].url

    @property
    def table(self) -> str:
        """The table's name of the first stack."""
        return self.stacks[0].table


def serve_command(*arguments: str | Path) -> list[str]:
    """Return the command that serves on a free port."""
    words = ["-m", "atomic_counter", "serve", "--port", "0"]
    return [sys.executable, *words, *map(str, arguments)]


@contextmanager
def run_gateway(*arguments: str | Path) -> Iterator[GatewayProcess]:
    """Run `atomic-counter serve` with `arguments` until the end of the block.

    Raises:
        CommandError: The gateway stops before it serves. The reason is on standard error.
    """
    process = subprocess.Popen(
        serve_command(*arguments, "--json"),
        stdin=subprocess.PIPE,  # Its end, also by the death of this process, stops the gateway.
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env=python_environment(),
        start_new_session=os.name != "nt",
    )
    try:
        assert process.stdout
        line = process.stdout.readline()
        if not line:
            raise CommandError("the gateway didn't start")
        served = json.loads(line)
        stacks = tuple(ServedStack(**stack) for stack in served["stacks"])
        yield GatewayProcess(stacks, served["endpoint"], process)
    finally:
        process.terminate()
        process.communicate(timeout=STOP_SECONDS)
