"""Measure throughput and latency: `make bench`."""

import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from atomic_counter.tooling.paths import exempt_loopback_from_proxies
from atomic_counter.tooling.synthesis import synthesize
from bench import blocks, documents, lists, throughput, transports

UNTHROTTLED = {"throttleRate": "1000000", "throttleBurst": "1000000"}


def main() -> int:
    """Print the tables, and return the exit status."""
    exempt_loopback_from_proxies()
    if not shutil.which("wrk"):
        print("error: wrk isn't installed; on Debian: apt-get install wrk", file=sys.stderr)
        return 2
    console = Console()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        [template] = synthesize(folder / "cdk.out", UNTHROTTLED)
        console.print(throughput.table(throughput.measure(folder, template)))
        console.print(*blocks.tables(blocks.measure(folder, template)))
        [with_documents] = synthesize(folder / "cdk.out", {**UNTHROTTLED, "documents": "true"})
        console.print(documents.table(documents.measure(folder, with_documents)))
        console.print(lists.table(lists.measure(folder, with_documents)))
        by_transport = transports.measure(folder, template, with_documents)
        console.print(transports.table(by_transport))
    return 0


if __name__ == "__main__":
    sys.exit(main())
