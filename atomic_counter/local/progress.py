"""What is being done while a person waits."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say on standard error that this is being done, and after it how long it took."""
    print(f"{what} ...", file=sys.stderr, flush=True)
    started = time.monotonic()
    yield
    print(f"{what} ... {time.monotonic() - started:.1f} s", file=sys.stderr, flush=True)
