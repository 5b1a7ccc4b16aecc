"""Synthesize the app of this checkout, as the CDK CLI does."""

import json
import subprocess
import sys
from pathlib import Path

from atomic_counter.local import CHECKOUT, LocalError, node


def synthesize(output: Path) -> Path:
    """Synthesize `app.py` with the context of `cdk.json` and return its template's path.

    Args:
        output: The folder of the cloud assembly, the CDK CLI's `cdk.out`.

    Raises:
        LocalError: The app failed; the message ends with what it said.
    """
    context = json.loads((CHECKOUT / "cdk.json").read_text(encoding="utf-8"))["context"]
    app = subprocess.run(
        [sys.executable, "app.py"],
        cwd=CHECKOUT,
        env=node.environment()
        | {"CDK_OUTDIR": str(output.resolve()), "CDK_CONTEXT_JSON": json.dumps(context)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if app.returncode != 0:
        raise LocalError(f"synthesis failed: {_last_line(app.stderr)}")
    manifest = json.loads((output / "manifest.json").read_text(encoding="utf-8"))
    (stack,) = (
        artifact
        for artifact in manifest["artifacts"].values()
        if artifact["type"] == "aws:cloudformation:stack"
    )
    return output / str(stack["properties"]["templateFile"])


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2] or "app.py said nothing"
