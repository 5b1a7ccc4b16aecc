"""Measure everything: `make bench`."""

import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from atomic_counter.local.synthesis import synthesize
from bench import blocks, synthesis, throughput

UNTHROTTLED = {"throttleRate": "1000000", "throttleBurst": "1000000"}


def main() -> int:
    """Print the tables; returns the exit status."""
    if not shutil.which("wrk"):
        print("error: wrk is not there; on Debian: apt-get install wrk", file=sys.stderr)
        return 1
    console = Console()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        [template] = synthesize(folder / "cdk.out", UNTHROTTLED)
        console.print(throughput.table(throughput.measure(folder, template)))
        console.print(synthesis.table(*synthesis.measure(folder / "empty")))
        console.print(*blocks.tables(blocks.measure(folder, template)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
