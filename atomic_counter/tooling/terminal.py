"""Progress messages, and tables of figures, for the terminal."""

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print on standard error that a step begins, and how long it took."""
    print(f"{name} ...", file=sys.stderr, flush=True)
    started = time.monotonic()
    yield
    print(f"{name} ... {time.monotonic() - started:.1f} s", file=sys.stderr, flush=True)


def figures_table(title: str, rows: Iterable[tuple[str, str]]) -> "Table":
    """Return a table of names and values."""
    from rich.table import Table  # noqa: PLC0415 (serve needs no table, and starts fast)

    table = Table(title=title, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for row in rows:
        table.add_row(*row)
    return table
