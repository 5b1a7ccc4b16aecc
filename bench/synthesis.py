"""How long does synthesis take, beside that of an empty CDK app?"""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from rich.table import Table

from atomic_counter.local import CHECKOUT, node

ROUNDS = 5
# The CDK refuses a stack without any resource; this one stands for nothing.
EMPTY = """
import aws_cdk as cdk
app = cdk.App()
cdk.CfnWaitConditionHandle(cdk.Stack(app, "Empty"), "Nothing")
app.synth()
"""


def measure(folder: Path) -> tuple[float, float]:
    """Seconds for the empty app and for this one, in turns."""
    context = json.dumps(json.loads((CHECKOUT / "cdk.json").read_text())["context"])
    environment = node.environment() | {"CDK_OUTDIR": str(folder), "CDK_CONTEXT_JSON": context}
    apps = {"empty": ["-c", EMPTY], "counter": ["app.py"]}
    seconds: dict[str, list[float]] = {name: [] for name in apps}
    for _ in range(ROUNDS):
        for name, arguments in apps.items():
            started = time.perf_counter()
            subprocess.run(
                [sys.executable, *arguments],
                cwd=CHECKOUT,
                env=environment,
                check=True,
            )
            seconds[name].append(time.perf_counter() - started)
    return statistics.median(seconds["empty"]), statistics.median(seconds["counter"])


def table(empty: float, counter: float) -> Table:
    """The figures, to be printed."""
    result = Table("app", title=f"Synthesis; medians of {ROUNDS} rounds")
    result.add_column("seconds", justify="right")
    result.add_row("an empty CDK app", f"{empty:.2f}")
    result.add_row("the counter", f"{counter:.2f}")
    result.add_row("ratio", f"{counter / empty:.2f}")
    return result
