"""Lose a Region under load, again and again: is any number repeated, or skipped?

Serves a counter in two Regions on this machine, takes numbers through the client from many threads,
and ends the first Region's gateway with `kill -9`, while the other one and the engine go on.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections import Counter as Tally
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from requests import PreparedRequest
from requests.auth import AuthBase
from rich.console import Console
from rich.progress import track

from atomic_counter.audit.report import table
from atomic_counter.client import CounterClient, CounterError
from atomic_counter.local import LocalError
from atomic_counter.local.arguments import KEPT, positive
from atomic_counter.local.process import serve
from atomic_counter.local.synthesis import synthesize

REGIONS = {"region": "us-east-1", "replicas": "us-east-2", "witness": "us-west-2"}
KEY = "failover"
# Requests that each Region answers before the next thing happens.
SPELL = 100
PATIENCE_SECONDS = 60
RETURN_AFTER_SECONDS = 0.2


@dataclass(frozen=True)
class Report:
    """What became of the numbers.

    Attributes:
        answers: When each number came, in seconds, and the number; in the order of their coming.
        unanswered: What the client raised instead of a number.
        lost: From when to when the first Region was gone, each time, in seconds.
        taken: The last number that the counter knows of.
    """

    answers: Sequence[tuple[float, int]]
    unanswered: Sequence[str]
    lost: Sequence[tuple[float, float]]
    taken: int

    @property
    def repeats(self) -> int:
        """How many numbers were given out before; it must be 0."""
        return len(self.answers) - len({number for _, number in self.answers})

    @property
    def gaps(self) -> int:
        """How many numbers were taken that nobody got."""
        return self.taken - len({number for _, number in self.answers})

    @property
    def silences(self) -> list[float]:
        """Of each loss, the longest time without an answer, in seconds."""
        times = [at for at, _ in self.answers]
        return [
            max(
                after - before
                for before, after in pairwise(times)
                if after > gone and before < back
            )
            for gone, back in self.lost
        ]


class Load(AuthBase):
    """Many threads that take numbers of one key.

    Args:
        urls: The Regions', in order.
        threads: How many ask at once.
    """

    def __init__(self, urls: Sequence[str], threads: int) -> None:
        self.answers: list[tuple[float, int]] = []
        self.unanswered: list[str] = []
        self._asked: Tally[str] = Tally()
        self._threads = threads
        self._client = CounterClient(urls, auth=self, return_after=RETURN_AFTER_SECONDS)
        self._is_over = threading.Event()

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Note which Region is asked."""
        self._asked[_place(str(request.url))] += 1
        return request

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Take numbers until the end of the block, and until each request is answered."""
        with ThreadPoolExecutor(self._threads) as pool:
            taking = [pool.submit(self._take) for _ in range(self._threads)]
            try:
                yield
            finally:
                self._is_over.set()
            for thread in taking:
                thread.result()

    def wait_for(self, url: str) -> None:
        """Until so many further requests have gone there that it must have answered some.

        Raises:
            LocalError: They do not.
        """
        place, give_up = _place(url), time.monotonic() + PATIENCE_SECONDS
        enough = self._asked[place] + SPELL
        while self._asked[place] < enough:
            if time.monotonic() > give_up:
                raise LocalError(f"no number comes from {url} any more")
            time.sleep(0.01)

    def taken(self) -> int:
        """The last number that the counter knows of."""
        return self._client.current(KEY)

    def _take(self) -> None:
        while not self._is_over.is_set():
            try:
                number = self._client.next(KEY)
            except CounterError as error:
                self.unanswered.append(str(error))
            else:
                self.answers.append((time.monotonic(), number))


def _place(url: str) -> str:
    return urlsplit(url).netloc


def audit_failover(
    templates: Sequence[Path], data: Path, losses: Iterable[int], threads: int = 8
) -> Report:
    """Take numbers from many threads while the first Region is lost and comes back.

    Args:
        templates: Those of the first Region and of one with a replica.
        data: A folder that keeps what is counted.
        losses: An item for each time that the Region is lost.
        threads: How many ask at once. Default: 8.

    Raises:
        LocalError: A gateway does not start, or numbers do not come any more.
    """
    here, elsewhere = templates
    lost = []
    with ExitStack() as serving:
        other = serving.enter_context(serve("--template", elsewhere, "--data", data))
        region = partial(serve, "--template", here, "--dynamodb-endpoint", other.endpoint)
        first = serving.enter_context(region())
        port = urlsplit(first.url).port
        load = Load([first.url, other.url], threads)
        with load.going_on():
            for _ in losses:
                load.wait_for(first.url)
                first.process.kill()
                gone = time.monotonic()
                load.wait_for(other.url)
                first = serving.enter_context(region("--port", str(port)))
                load.wait_for(first.url)
                lost.append((gone, time.monotonic()))
        return Report(load.answers, load.unanswered, lost, load.taken())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 1 if a number was repeated or skipped, or a request had no answer."""
    parser = argparse.ArgumentParser(
        prog="python -m atomic_counter.audit.failover", description=__doc__
    )
    parser.add_argument("--losses", type=positive(int), default=10, metavar="N", help="default: 10")
    parser.add_argument(
        "--threads",
        type=positive(int),
        default=8,
        metavar="N",
        help="default: 8; the counter remembers 16 requests at once, and of more some are skipped",
    )
    options = parser.parse_args(arguments)
    console = Console()
    try:
        templates = synthesize(KEPT / "failover" / "cdk.out", REGIONS)
        losses = track(range(options.losses), "losing a Region", console=console, transient=True)
        with tempfile.TemporaryDirectory() as data:
            report = audit_failover(templates, Path(data), losses, options.threads)
    except LocalError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    console.print(table("A Region is lost", rows(report)))
    return 1 if report.repeats or report.gaps or report.unanswered else 0


def rows(report: Report) -> list[tuple[str, str]]:
    """What was found, for a table: names and values."""
    silences = report.silences
    return [
        ("losses of the first Region", f"{len(report.lost):,}"),
        ("numbers", f"{len(report.answers):,}"),
        ("repeats", f"{report.repeats:,}"),
        ("gaps", f"{report.gaps:,}"),
        ("requests without a number", f"{len(report.unanswered):,}"),
        ("without an answer after a loss, median", f"{median(silences):.3f} s"),
        ("without an answer after a loss, longest", f"{max(silences):.3f} s"),
    ]


if __name__ == "__main__":
    sys.exit(main())
