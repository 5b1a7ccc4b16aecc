"""The command `atomic-counter failover`: lose a Region under load, again and again.

It serves a counter in two Regions on this machine, requests numbers through the client from many
threads, and kills the first Region's gateway, while the second gateway and the engine continue.
"""

import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import click
from rich.progress import track

from atomic_counter.client import CounterClient, CounterError
from atomic_counter.tooling.gateway_process import run_gateway
from atomic_counter.tooling.parameters import whole_number
from atomic_counter.tooling.paths import LOCAL_STATE
from atomic_counter.tooling.request_counter import RequestCounter
from atomic_counter.tooling.synthesis import synthesize
from atomic_counter.tooling.terminal import console, figures_table, print_table
from atomic_counter.tooling.waiting import wait_until

CONTEXT = {"region": "us-east-1", "replicas": "us-east-2", "witness": "us-west-2"}
KEY = "failover"
# The requests that a Region receives before the next event.
REQUESTS_PER_PHASE = 100
PATIENCE_SECONDS = 60
RETURN_AFTER_SECONDS = 0.2


@dataclass(frozen=True)
class FailoverResult:
    """The numbers, and the losses of the first Region.

    Attributes:
        responses: Seconds and number of each response, in the order of arrival.
        failures: The errors that the client raised instead of a number.
        losses: Seconds at which the first Region was lost and was back, each time.
        current: The last number that the counter has issued.
    """

    responses: Sequence[tuple[float, int]]
    failures: Sequence[str]
    losses: Sequence[tuple[float, float]]
    current: int

    @property
    def duplicates(self) -> int:
        """How many numbers had been issued before. It must be 0."""
        return len(self.responses) - len({number for _, number in self.responses})

    @property
    def gaps(self) -> int:
        """How many issued numbers nobody received."""
        return self.current - len({number for _, number in self.responses})

    @property
    def silences(self) -> list[float]:
        """The longest time without a response at each loss, in seconds."""
        times = [at for at, _ in self.responses]
        return [
            max(
                after - before
                for before, after in pairwise(times)
                if after > lost and before < back
            )
            for lost, back in self.losses
        ]


class FailoverLoad:
    """Threads that request numbers of one key."""

    def __init__(self, urls: Sequence[str], threads: int) -> None:
        self.responses: list[tuple[float, int]] = []
        self.failures: list[str] = []
        self._requests = RequestCounter()
        self._threads = threads
        self.client = CounterClient(urls, auth=self._requests, return_after=RETURN_AFTER_SECONDS)
        self._is_over = threading.Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Request numbers until the end of the block, and wait for every response."""
        with ThreadPoolExecutor(self._threads) as pool:
            threads = [pool.submit(self._request_numbers) for _ in range(self._threads)]
            try:
                yield
            finally:
                self._is_over.set()
            for thread in threads:
                thread.result()

    def wait_for(self, url: str) -> None:
        """Wait until a Region has received so many more requests that it must have responded."""
        host, requests = urlsplit(url).netloc, self._requests.by_host
        enough = requests[host] + REQUESTS_PER_PHASE
        failure = f"{url} receives no more requests"
        wait_until(lambda: requests[host] >= enough, PATIENCE_SECONDS, failure)

    def _request_numbers(self) -> None:
        while not self._is_over.is_set():
            try:
                number = self.client.next(KEY)
            except CounterError as error:
                self.failures.append(str(error))
            else:
                self.responses.append((time.monotonic(), number))


def run_failover(
    templates: Sequence[Path], data: Path, losses: Iterable[int], threads: int = 8
) -> FailoverResult:
    """Request numbers from many threads while the first Region is lost and comes back.

    `losses` has an item for each loss.
    """
    first_template, second_template = templates
    times = []
    with ExitStack() as gateways:
        second = gateways.enter_context(run_gateway("--template", second_template, "--data", data))
        run_first = partial(
            run_gateway, "--template", first_template, "--dynamodb-endpoint", second.endpoint
        )
        first = gateways.enter_context(run_first())
        port = urlsplit(first.url).port
        load = FailoverLoad([first.url, second.url], threads)
        with load.running():
            for _ in losses:
                load.wait_for(first.url)
                first.process.kill()
                lost = time.monotonic()
                load.wait_for(second.url)
                first = gateways.enter_context(run_first("--port", str(port)))
                load.wait_for(first.url)
                times.append((lost, time.monotonic()))
        return FailoverResult(load.responses, load.failures, times, load.client.current(KEY))


@click.command
@click.option(
    "--losses", "losses", type=whole_number(1), default=10, help="Losses of a Region. Default: 10."
)
@click.option(
    "--threads",
    type=whole_number(1),
    default=8,
    help="Threads. Default: 8. More than the 16 requests that a counter remembers leave gaps.",
)
def failover(losses: int, threads: int) -> int:
    """Check that the loss of a Region duplicates no number.

    Exit status: 0 no duplicates, gaps or failed requests, 1 some, 2 the check failed to run.
    """
    templates = synthesize(LOCAL_STATE / "failover" / "cdk.out", CONTEXT)
    progress = track(range(losses), "losses of a Region", console=console(), transient=True)
    with tempfile.TemporaryDirectory() as data:
        result = run_failover(templates, Path(data), progress, threads)
    print_table(console(), figures_table("Loss of a Region", failover_rows(result)))
    return 1 if result.duplicates or result.gaps or result.failures else 0


def failover_rows(result: FailoverResult) -> list[tuple[str, str]]:
    """Return the names and values of a table about a failover."""
    silences = result.silences
    return [
        ("losses of the first Region", f"{len(result.losses):,}"),
        ("numbers", f"{len(result.responses):,}"),
        ("duplicates", f"{result.duplicates:,}"),
        ("gaps", f"{result.gaps:,}"),
        ("failed requests", f"{len(result.failures):,}"),
        ("without a response after a loss, median", f"{median(silences):.3f} s"),
        ("without a response after a loss, longest", f"{max(silences):.3f} s"),
    ]
