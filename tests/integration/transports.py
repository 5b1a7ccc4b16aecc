"""The clients of both transports, for one counter that a gateway on this machine serves."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import boto3

from atomic_counter.client import CounterClient, TableClient
from atomic_counter.options import AppOptions
from tests.counter_under_test import LOCAL
from tests.losing_proxy import LosingProxy, losing_proxy
from tests.served_counter import ServedCounter, serve
from tests.synthesis import template_file

Transport = Literal["http", "table"]
TRANSPORTS: tuple[Transport, ...] = ("http", "table")


@dataclass
class Reachable:
    """A counter that clients of both transports reach.

    Attributes:
        counter: The counter.
        proxy: The endpoint of the clients of the table.
        options: The options of the counter.
    """

    counter: ServedCounter
    proxy: LosingProxy
    options: AppOptions

    def client(self, transport: Transport, **arguments: Any) -> CounterClient | TableClient:
        """Return a new client."""
        if transport == "http":
            return CounterClient(self.counter.url, **arguments)
        return self.table_client(**arguments)

    def client_of_either(self, index: int, **arguments: Any) -> CounterClient | TableClient:
        """Return a new client of HTTP for an even index, and of the table for an odd one."""
        return self.client(TRANSPORTS[index % 2], **arguments)

    def table_client(self, **arguments: Any) -> TableClient:
        """Return a new client of the table."""
        return TableClient(
            self.counter.table.name,
            session=boto3.Session(**LOCAL),
            endpoint_url=self.proxy.endpoint,
            keys=self.options.keys,
            **arguments,
        )


@contextmanager
def reachable(
    options: AppOptions, folder: Path, *, lose_one_in: int | None = None
) -> Iterator[Reachable]:
    """Serve a counter until the end of the block, and lose one in so many responses to writes."""
    faults = ("--lose-one-in", str(lose_one_in)) if lose_one_in else ()
    with ExitStack() as cleanup:
        template = template_file(options, folder)
        counter = cleanup.enter_context(serve(template, "--data", folder / "data", *faults))
        proxy = cleanup.enter_context(losing_proxy(lambda: counter.endpoint, lose_one_in))
        yield Reachable(counter, proxy, options)
