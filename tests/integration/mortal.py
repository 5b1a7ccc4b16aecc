"""A counter that is killed and served again, while one response in ten to a write is lost."""

import signal
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit

from atomic_counter.options import AppOptions
from tests.integration.test_audit_under_faults import engine_of
from tests.integration.transports import Reachable
from tests.losing_proxy import losing_proxy
from tests.served_counter import ServedCounter, serve
from tests.synthesis import template_file

LOSE_ONE_IN = 10


class Mortal:
    """The counter, whose URL and whose endpoint for clients of the table stay the same."""

    def __init__(self, cleanup: ExitStack, folder: Path, options: AppOptions) -> None:
        self._cleanup = cleanup
        self._template = template_file(options, folder)
        self._data = folder / "data"
        self._kills = cycle((self.kill_engine, self.kill_gateway))
        self.counter = self._serve("0")
        engine = losing_proxy(lambda: self.counter.endpoint, LOSE_ONE_IN)
        self.reachable = Reachable(self.counter, cleanup.enter_context(engine), options)

    def _serve(self, port: str) -> ServedCounter:
        faults = ("--lose-one-in", str(LOSE_ONE_IN), "--port", port)
        return self._cleanup.enter_context(serve(self._template, "--data", self._data, *faults))

    def kill(self) -> None:
        """Kill the engine and the gateway in turns."""
        next(self._kills)()

    def kill_engine(self) -> None:
        engine_of(self.counter).kill()

    def kill_gateway(self) -> None:
        self.counter.stop(signal.SIGKILL)
        self.counter = self._serve(str(urlsplit(self.counter.url).port))
