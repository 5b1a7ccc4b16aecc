"""The DynamoDB engine that comes with the project: dynalite, in a process of its own."""

import asyncio
import logging
import socket
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from atomic_counter.local import LocalError, node

START_SECONDS = 30
STOP_SECONDS = 10
RETRY_SECONDS = 1
# In the data's folder, while the engine runs.
ENDPOINT = "endpoint"
SCRIPT = Path(__file__).with_name("engine.cjs")

log = logging.getLogger(__name__)


@asynccontextmanager
async def dynalite(data: Path) -> AsyncIterator[str]:
    """Run dynalite with its data in the folder `data`; gives its endpoint.

    An engine that ends by itself is started again, on the same port.

    Raises:
        LocalError: It did not start; the message says why, as far as it told.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LocalError(f"data folder {data}: {error.strerror}") from None
    engine = _Engine(data)
    try:
        await engine.start()
        endpoint = f"http://127.0.0.1:{engine.port}"
        (data / ENDPOINT).write_text(endpoint, encoding="utf-8")
        keeper = asyncio.create_task(engine.keep_running())
        try:
            yield endpoint
        finally:
            (data / ENDPOINT).unlink(missing_ok=True)
            keeper.cancel()
            with suppress(asyncio.CancelledError):
                await keeper
    finally:
        await engine.stop()


def endpoint_of(data: Path) -> str:
    """The endpoint of the engine that runs with its data in the folder `data`.

    Raises:
        LocalError: None does.
    """
    with suppress(OSError):
        endpoint = (data / ENDPOINT).read_text(encoding="utf-8")
        with socket.create_connection(("127.0.0.1", int(endpoint.rpartition(":")[2]))):
            return endpoint
    raise LocalError(f"no counter is served with the data in {data}: make serve, and leave it on")


class _Engine:
    def __init__(self, data: Path) -> None:
        self._data = data
        self._process: Process | None = None
        self.port = 0

    async def start(self) -> None:
        with tempfile.TemporaryFile() as errors:
            self._process = await asyncio.create_subprocess_exec(
                *(node.executable(), SCRIPT, self._data, str(self.port)),
                stdin=PIPE,
                stdout=PIPE,
                stderr=errors,
            )
            assert self._process.stdout
            try:
                line = await asyncio.wait_for(self._process.stdout.readline(), START_SECONDS)
            except TimeoutError:
                raise LocalError(f"no engine within {START_SECONDS} seconds") from None
            if not line:
                errors.seek(0)
                reason = errors.readline().decode(errors="replace").strip() or "it said nothing"
                raise LocalError(f"the engine did not start: {reason}")
        self.port = int(line)

    async def keep_running(self) -> None:
        while True:
            assert self._process
            status = await self._process.wait()
            log.warning("the engine ended with status %s and is started again", status)
            try:
                await self.start()
            except LocalError as error:
                log.error("%s", error)
                await self.stop()
                await asyncio.sleep(RETRY_SECONDS)

    async def stop(self) -> None:
        if self._process is None:
            return
        assert self._process.stdin
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
