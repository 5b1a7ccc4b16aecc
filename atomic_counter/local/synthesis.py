"""Synthesize the app of this checkout, as the CDK CLI does."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from atomic_counter.local import CHECKOUT, LocalError, node


def synthesize(output: Path, context: Mapping[str, str] | None = None) -> Path:
    """Synthesize `app.py` with the context of `cdk.json` and return its template's path.

    Args:
        output: The folder of the cloud assembly, the CDK CLI's `cdk.out`.
        context: More context, as the CDK CLI's `-c name=value`. Default: none.

    Raises:
        LocalError: The app failed; the message ends with what it said.
    """
    of_project = json.loads((CHECKOUT / "cdk.json").read_text(encoding="utf-8"))["context"]
    app = subprocess.run(
        [sys.executable, "app.py"],
        cwd=CHECKOUT,
        env=node.environment()
        | {
            "CDK_OUTDIR": str(output.resolve()),
            "CDK_CONTEXT_JSON": json.dumps({**of_project, **(context or {})}),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if app.returncode != 0:
        raise LocalError(f"synthesis failed: {_last_line(app.stderr).removeprefix('error: ')}")
    manifest = json.loads((output / "manifest.json").read_text(encoding="utf-8"))
    (stack,) = (
        artifact
        for artifact in manifest["artifacts"].values()
        if artifact["type"] == "aws:cloudformation:stack"
    )
    return output / str(stack["properties"]["templateFile"])


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2] or "app.py said nothing"
