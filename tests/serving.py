"""The command `python -m atomic_counter.local`, run as a user would, and its counter."""

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from botocore.credentials import Credentials

from atomic_counter.client.iam import IamAuth
from atomic_counter.local import process
from atomic_counter.local.__main__ import main
from tests.counter_under_test import Counter, local_table


@dataclass
class ServedCounter(Counter):
    """A counter that is being served on this machine."""

    endpoint: str = ""
    said: str = ""
    process: subprocess.Popen[str] | None = None

    def stop(self, with_signal: int = signal.SIGINT) -> int:
        assert self.process
        self.process.send_signal(with_signal)
        return self.process.wait(process.STOP_SECONDS)


def fail(*arguments: str | Path) -> tuple[int, str]:
    """Run the command, in this process, with something wrong; its status and what it said."""
    with redirect_stderr(StringIO()) as said:
        try:
            status = main(["--port", "0", *map(str, arguments)])
        except SystemExit as end:
            status = int(end.code or 0)
    return status, said.getvalue()


@contextmanager
def serve(template: Path, *arguments: str | Path) -> Iterator[ServedCounter]:
    """Serve `template` on a free port until the end of the block, for those whom it lets in."""
    with process.serve("--template", template, *arguments) as served:
        api_key = re.search(r"^API key .*: (.+)$", served.said, re.MULTILINE)
        is_signed = "IAM authorization is on" in served.said
        yield ServedCounter(
            served.url,
            local_table(served.endpoint, served.table),
            {"x-api-key": api_key[1]} if api_key else {},
            IamAuth("us-east-1", Credentials("id", "secret")) if is_signed else None,
            endpoint=served.endpoint,
            said=served.said,
            process=served.process,
        )
