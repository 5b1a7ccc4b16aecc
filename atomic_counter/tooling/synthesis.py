"""Synthesize the app of this checkout, as the CDK CLI does."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock

from atomic_counter.tooling import node
from atomic_counter.tooling.errors import CommandError
from atomic_counter.tooling.paths import CHECKOUT, python_environment
from atomic_counter.tooling.terminal import step

STAMP = "synthesized"
KEPT_ASSEMBLIES = 8


def synthesize(assemblies: Path, context: Mapping[str, str] | None = None) -> list[Path]:
    """Synthesize `app.py` with more CDK context, unless that is done.

    Each input has a cloud assembly of its own in the folder `assemblies`, so commands with other
    options can run at the same time.

    Returns:
        The template of the stack that has the table, then those of its replicas.

    Raises:
        CommandError: The app fails. The message ends with the app's error.
    """
    cdk_json = json.loads((CHECKOUT / "cdk.json").read_text(encoding="utf-8"))["context"]
    all_context = json.dumps({**cdk_json, **(context or {})})
    assembly = assemblies / _digest(all_context)
    assembly.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{assembly}.lock"):
        if not (assembly / STAMP).exists():
            with step("Synthesizing the stack"):
                _run_app(assembly, all_context)
        (assembly / STAMP).touch()
        _remove_oldest(assemblies)
        return _templates(assembly)


def _remove_oldest(assemblies: Path) -> None:
    """Remove all but the most recently used cloud assemblies."""
    stamps = sorted(assemblies.glob(f"*/{STAMP}"), key=lambda stamp: stamp.stat().st_mtime)
    for stamp in stamps[:-KEPT_ASSEMBLIES]:
        shutil.rmtree(stamp.parent, ignore_errors=True)


def _digest(context: str) -> str:
    sources = ["app.py", "atomic_counter/*.py", "atomic_counter/counter/**/*.*"]
    files = {file for pattern in sources for file in CHECKOUT.glob(pattern)}
    digest = hashlib.sha256(context.encode())
    for file in sorted(file for file in files if file.suffix in (".py", ".vtl")):
        digest.update(f"{file.relative_to(CHECKOUT)}\0".encode() + file.read_bytes())
    for library in ("aws-cdk-lib", "cdk-monitoring-constructs", "constructs"):
        digest.update(f"{library} {version(library)}".encode())
    return digest.hexdigest()[:16]


def _run_app(output: Path, context: str) -> None:
    inputs = {
        "CDK_OUTDIR": str(output.resolve()),
        "CDK_CONTEXT_JSON": context,
        "PYTHONIOENCODING": "utf-8:backslashreplace",
    }
    app = subprocess.run(
        [sys.executable, "app.py"],
        cwd=CHECKOUT,
        env=python_environment(node.environment(needs_network=False)) | inputs,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if app.returncode != 0:
        raise CommandError(f"synthesis failed: {_reason(app.stderr)}")


def _reason(errors: str) -> str:
    """Return the line of app.py's errors that says what is wrong.

    It's the error of a Node.js that ended, whose lines jsii shows as bytes, or else the last line
    before those of Python's exit.
    """
    ended = re.search(r"""^b(['"])(\w*Error\b[^:]*: .*|\S*node: .*)\\n\1$""", errors, re.MULTILINE)
    if ended:
        return ended[2]
    own = errors.partition("\nException ignored in")[0].strip()
    return own.rpartition("\n")[2].removeprefix("error: ") or "app.py printed no reason"


def _templates(output: Path) -> list[Path]:
    manifest = json.loads((output / "manifest.json").read_text(encoding="utf-8"))
    # The name of a replica's stack begins with the name of the stack that has the table.
    return [
        output / str(artifact["properties"]["templateFile"])
        for _, artifact in sorted(manifest["artifacts"].items())
        if artifact["type"] == "aws:cloudformation:stack"
    ]
