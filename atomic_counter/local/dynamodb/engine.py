"""The default DynamoDB engine: dynalite, in a process of its own."""

import asyncio
import logging
import os
import re
import socket
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO, Self

from filelock import FileLock, Timeout

from atomic_counter.local.dynamodb.errors import EngineError

ENGINE_START_SECONDS = 30
ENGINE_STOP_SECONDS = 10
RETRY_SECONDS = 1
# The file in the data's folder that contains the endpoint while the engine runs.
ENDPOINT_FILE = "endpoint"
# Beside the settings of Node.js itself, these change what it prints.
PRINTING = {"DEBUG", "FORCE_COLOR", "NO_COLOR"}
SCRIPT = Path(__file__).with_name("engine.cjs")

log = logging.getLogger(__name__)


@asynccontextmanager
async def dynalite(node: Path, data: Path) -> AsyncIterator[str]:
    """Run dynalite, and return its endpoint.

    An engine that ends by itself is restarted on the same port.

    Args:
        node: The program of Node.js.
        data: The folder of its data, which it creates.

    Raises:
        EngineError: It doesn't start. The message has the reason, if the engine printed one.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = FileLock(data / "lock").acquire(blocking=False)
    except Timeout:
        raise EngineError(
            f"another engine uses the data in {data}; stop it, or choose another folder with --data"
        ) from None
    except OSError as error:
        raise EngineError(f"data folder {data}: {error.strerror}") from None
    with lock, tempfile.TemporaryFile() as errors, _Engine(node, data, errors) as engine:
        try:
            await engine.start()
            endpoint = f"http://127.0.0.1:{engine.port}"
            (data / ENDPOINT_FILE).write_text(endpoint, encoding="utf-8")
            keeper = asyncio.create_task(engine.keep_running())
            try:
                yield endpoint
            finally:
                (data / ENDPOINT_FILE).unlink(missing_ok=True)
                keeper.cancel()
                with suppress(asyncio.CancelledError):
                    await keeper
        finally:
            await engine.stop()


def running_endpoint(data: Path) -> str:
    """Return the endpoint of the engine that runs with its data in the folder `data`.

    Raises:
        EngineError: No engine does.
    """
    with suppress(OSError):
        endpoint = (data / ENDPOINT_FILE).read_text(encoding="utf-8")
        with socket.create_connection(("127.0.0.1", int(endpoint.rpartition(":")[2]))):
            return endpoint
    raise EngineError(f"no counter is served with the data in {data}: run make serve meanwhile")


def _environment() -> dict[str, str]:
    """Return this process's environment, without what makes Node.js load or print more."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("NODE_") and name not in PRINTING
    }


def _reason(errors: str) -> str:
    """Return the line that says what is wrong. Node.js prints a place in the source before it."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    named = (line for line in lines if re.match(r"\w*Error\b[^:]*:", line))
    return next(named, lines[0] if lines else "it printed no reason")


class _Engine:
    """The engine's process. Its socket stays open between two processes, so its port stays its own.

    Windows can't inherit sockets, so there a restarted engine has the port only if it's still free.
    """

    def __init__(self, node: Path, data: Path, errors: IO[bytes]) -> None:
        self._command = [node, SCRIPT, data]
        self._errors = errors
        self._process: Process | None = None
        self._socket = None if os.name == "nt" else socket.create_server(("127.0.0.1", 0))
        self.port = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._socket:
            self._socket.close()

    async def start(self) -> None:
        inherited = self._socket.fileno() if self._socket else 0
        self._errors.seek(0)
        self._errors.truncate()
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            str(inherited),
            env=_environment(),
            stdin=PIPE,
            stdout=PIPE,
            stderr=self._errors,
            pass_fds=[inherited] if inherited else (),
        )
        assert self._process.stdout
        try:
            # In Python 3.11, `wait_for` loses a cancellation at the moment of the line.
            async with asyncio.timeout(ENGINE_START_SECONDS):
                line = await self._process.stdout.readline()
        except TimeoutError:
            raise EngineError(
                f"the engine didn't start within {ENGINE_START_SECONDS} seconds"
            ) from None
        if not line:
            raise EngineError(f"the engine didn't start: {self._reason()}")
        self.port = int(line)

    def _reason(self) -> str:
        self._errors.seek(0)
        return _reason(self._errors.read().decode(errors="replace"))

    async def keep_running(self) -> None:
        while True:
            assert self._process
            status = await self._process.wait()
            reason = self._reason()
            log.warning("the engine ended with status %s and is restarted: %s", status, reason)
            try:
                await self.start()
            except (EngineError, OSError) as error:
                log.error("the engine isn't restarted: %s", error)
                await self.stop()
                await asyncio.sleep(RETRY_SECONDS)

    async def stop(self) -> None:
        if self._process is None:
            return
        assert self._process.stdin
        self._process.stdin.close()
        try:
            async with asyncio.timeout(ENGINE_STOP_SECONDS):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
