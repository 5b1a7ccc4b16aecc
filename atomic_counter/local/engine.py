"""The DynamoDB engine that comes with the project: dynalite, in a process of its own."""

import asyncio
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

from atomic_counter.local import LocalError, node

START_SECONDS = 30
STOP_SECONDS = 10
SCRIPT = Path(__file__).with_name("engine.cjs")


@asynccontextmanager
async def dynalite(data: Path) -> AsyncIterator[str]:
    """Run dynalite with its data in the folder `data`; gives its endpoint.

    Raises:
        LocalError: It did not start; the message says why, as far as it told.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LocalError(f"data folder {data}: {error.strerror}") from None
    with tempfile.TemporaryFile() as errors:
        process = await asyncio.create_subprocess_exec(
            node.executable(), SCRIPT, data, stdin=PIPE, stdout=PIPE, stderr=errors
        )
        try:
            yield f"http://127.0.0.1:{await _port(process, errors)}"
        finally:
            await _stop(process)


async def _port(process: Process, errors: IO[bytes]) -> int:
    assert process.stdout
    try:
        line = await asyncio.wait_for(process.stdout.readline(), START_SECONDS)
    except TimeoutError:
        raise LocalError(f"the engine did not start within {START_SECONDS} seconds") from None
    if not line:
        errors.seek(0)
        reason = errors.readline().decode(errors="replace").strip() or "it said nothing"
        raise LocalError(f"the engine did not start: {reason}")
    return int(line)


async def _stop(process: Process) -> None:
    assert process.stdin
    process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
