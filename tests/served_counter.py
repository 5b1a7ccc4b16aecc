"""The command `atomic-counter serve`, run as a user would, and its counter."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from botocore.credentials import Credentials

from atomic_counter.__main__ import main
from atomic_counter.client.iam import IamAuth
from atomic_counter.tooling.gateway_process import STOP_SECONDS, run_gateway
from tests.counter_under_test import Counter, local_table


@dataclass
class ServedCounter(Counter):
    """A counter that a gateway on this machine serves."""

    endpoint: str = ""
    process: subprocess.Popen[str] | None = None

    def stop(self, with_signal: int = signal.SIGINT) -> int:
        assert self.process
        self.process.send_signal(with_signal)
        return self.process.wait(STOP_SECONDS)


def run_command(*words: object) -> tuple[int, str]:
    """Run `atomic-counter` in this process; return its exit status and its errors."""
    with redirect_stderr(StringIO()) as errors:
        status = main(list(map(str, words)))
    return status, errors.getvalue()


def serve_error(*arguments: str | Path) -> str:
    """Run `atomic-counter serve` with something wrong; return its error."""
    status, errors = run_command("serve", "--port", "0", *arguments)
    assert status == 2
    return errors


@contextmanager
def serve(template: Path, *arguments: str | Path) -> Iterator[ServedCounter]:
    """Serve `template` on a free port until the end of the block."""
    with run_gateway("--template", template, *arguments) as gateway:
        (stack,) = gateway.stacks
        yield ServedCounter(
            stack.url,
            local_table(gateway.endpoint, stack.table),
            {"x-api-key": stack.api_keys[0]} if stack.api_keys else {},
            IamAuth("us-east-1", Credentials("id", "secret")) if stack.requires_signature else None,
            endpoint=gateway.endpoint,
            process=gateway.process,
        )
