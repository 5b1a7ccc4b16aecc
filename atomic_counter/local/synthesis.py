"""Synthesize the app of this checkout, as the CDK CLI does."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from atomic_counter.local import CHECKOUT, LocalError, node
from atomic_counter.local.progress import step

STAMP = "synthesized-from"


def synthesize(output: Path, context: Mapping[str, str] | None = None) -> list[Path]:
    """Synthesize `app.py` with the context of `cdk.json`, and return the paths of its templates.

    The first is the one with the table; the others are those of its replicas.

    What is in `output` already is kept if nothing has changed that synthesis reads.

    Args:
        output: The folder of the cloud assembly, the CDK CLI's `cdk.out`.
        context: More context, as the CDK CLI's `-c name=value`. Default: none.

    Raises:
        LocalError: The app failed; the message ends with what it said.
    """
    of_project = json.loads((CHECKOUT / "cdk.json").read_text(encoding="utf-8"))["context"]
    all_context = json.dumps({**of_project, **(context or {})})
    stamp, inputs = output / STAMP, _digest(all_context)
    if not (stamp.exists() and stamp.read_text(encoding="utf-8") == inputs):
        stamp.unlink(missing_ok=True)
        with step("Synthesizing the stack"):
            _run_app(output, all_context)
        stamp.write_text(inputs, encoding="utf-8")
    return _templates(output)


def _digest(context: str) -> str:
    package = CHECKOUT / "atomic_counter"
    files = [CHECKOUT / "app.py", *package.glob("*.py"), *sorted((package / "mapping").glob("*.*"))]
    digest = hashlib.sha256(context.encode())
    for file in sorted(files):
        digest.update(f"{file.name}\0".encode() + file.read_bytes())
    for library in ("aws-cdk-lib", "cdk-monitoring-constructs", "constructs"):
        digest.update(f"{library} {version(library)}".encode())
    return digest.hexdigest()


def _run_app(output: Path, context: str) -> None:
    app = subprocess.run(
        [sys.executable, "app.py"],
        cwd=CHECKOUT,
        env=node.environment() | {"CDK_OUTDIR": str(output.resolve()), "CDK_CONTEXT_JSON": context},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if app.returncode != 0:
        said = app.stderr.strip().rpartition("\n")[2] or "app.py said nothing"
        raise LocalError(f"synthesis failed: {said.removeprefix('error: ')}")


def _templates(output: Path) -> list[Path]:
    manifest = json.loads((output / "manifest.json").read_text(encoding="utf-8"))
    # A replica's stack is called as the one with the table, and its Region.
    return [
        output / str(artifact["properties"]["templateFile"])
        for _, artifact in sorted(manifest["artifacts"].items())
        if artifact["type"] == "aws:cloudformation:stack"
    ]
