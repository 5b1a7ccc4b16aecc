"""Ask a counter from many clients at once: is any number repeated, how fast is it?"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

from requests.auth import AuthBase
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from atomic_counter.audit import Plan, audit, rows
from atomic_counter.audit.report import Report, Sample, table
from atomic_counter.local import LocalError
from atomic_counter.local.arguments import positive
from atomic_counter.local.process import serve

THROTTLED = 429
MAX_BLOCK = 1000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 1 if any number is repeated, 2 if none was given out at all."""
    options = _parser().parse_args(arguments)
    console = Console()
    try:
        with ExitStack() as cleanup:
            url = options.url
            if options.serve:
                data = cleanup.enter_context(tempfile.TemporaryDirectory())
                url = cleanup.enter_context(serve("--data", data)).url
            plan = _plan(options, url)
            report = _run(plan, console)
    except LocalError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    console.print(table("The audit", rows(plan, report)))
    if report.first_reason:
        console.print(f"The first without an answer: {escape(report.first_reason)}")
    if THROTTLED in report.errors:
        console.print(
            "Throttled: the service asked to slow down. Fewer --clients or larger --block ask less"
            " of it; its options throttleRate and throttleBurst raise its own limit.",
        )
    if options.json:
        options.json.write_text(json.dumps(report.figures(), indent=2) + "\n", encoding="utf-8")
    if options.plot and report.numbers:
        from atomic_counter.audit.plot import plot  # noqa: PLC0415 (half a second to import)

        plot(report, options.plot)
    if report.repeats:
        console.print(f"[bold red]{report.repeats} numbers were given out more than once.[/]")
        return 1
    if not report.numbers:
        console.print("[bold red]No number was given out.[/]")
        return 2
    console.print("[bold green]No number was given out twice.[/]")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m atomic_counter.audit", description=__doc__)
    counter = parser.add_mutually_exclusive_group(required=True)
    counter.add_argument("url", nargs="?", help="the URL that counts")
    counter.add_argument("--serve", action="store_true", help="serve this app, and audit that")
    parser.add_argument(
        "--requests", type=positive(int), metavar="N", help="default: 1000, unless --duration"
    )
    parser.add_argument("--duration", type=positive(float), metavar="SECONDS")
    parser.add_argument("--clients", type=positive(int), default=16, help="default: 16")
    counters = parser.add_mutually_exclusive_group()
    counters.add_argument(
        "--keys", type=positive(int), default=1, help="how many new counters (default: 1)"
    )
    counters.add_argument("--key", action="append", help="a counter that is there; repeatable")
    parser.add_argument(
        "--block", type=_block, default=1, metavar="COUNT", help="numbers a request (default: 1)"
    )
    parser.add_argument(
        "--idempotent",
        action="store_true",
        help="send what fails again, with its idempotency key, up to ten times",
    )
    parser.add_argument(
        "--drop-one-in",
        type=positive(int),
        metavar="N",
        help="drop one in N answers, as if it was lost on its way",
    )
    parser.add_argument("--iam", action="store_true", help="sign with your AWS credentials")
    parser.add_argument("--api-key", metavar="VALUE", help="sent as x-api-key")
    parser.add_argument("--plot", type=_picture, metavar="FILE.png")
    parser.add_argument("--json", type=_file, metavar="FILE")
    return parser


def _file(text: str) -> Path:
    path = Path(text)
    if path.is_dir() or not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"a file in a folder that is there is needed, not {text}")
    return path


def _picture(text: str) -> Path:
    if not text.endswith(".png"):
        raise argparse.ArgumentTypeError(f"a name that ends with .png is needed, not {text}")
    return _file(text)


def _block(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= MAX_BLOCK:
        return int(text)
    raise argparse.ArgumentTypeError(f"a block has 1 to {MAX_BLOCK} numbers, not {text}")


def _plan(options: argparse.Namespace, url: str) -> Plan:
    audit_id = uuid4()
    bounded = options.requests is None and options.duration is None
    return Plan(
        url=url.partition("?")[0],
        keys=options.key or [f"audit {audit_id} {number}" for number in range(options.keys)],
        clients=options.clients,
        requests=Plan.requests if bounded else options.requests,
        duration=options.duration,
        block=options.block,
        headers={"x-api-key": options.api_key} if options.api_key else {},
        idempotent=options.idempotent,
        drop_one_in=options.drop_one_in,
        auth=_iam_auth() if options.iam else None,
    )


def _iam_auth() -> AuthBase:
    from atomic_counter.client.iam import IamAuth  # noqa: PLC0415 (most audits do without botocore)

    try:
        return IamAuth()
    except ValueError as error:
        raise LocalError(str(error)) from None


def _run(plan: Plan, console: Console) -> Report:
    columns = [TextColumn("asking"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()]
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=plan.requests)

        def advance(_: Sample) -> None:
            progress.advance(task)

        return asyncio.run(audit(plan, advance))


if __name__ == "__main__":
    sys.exit(main())
