"""The command `atomic-counter audit`."""

import asyncio
import json
import tempfile
from contextlib import ExitStack
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

import click
from requests.auth import AuthBase
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from atomic_counter.audit.load import AuditPlan, audit_rows, run_audit
from atomic_counter.audit.result import AuditResult, Sample
from atomic_counter.client.leasing import MAX_BLOCK
from atomic_counter.tooling.errors import CommandError
from atomic_counter.tooling.gateway_process import run_gateway
from atomic_counter.tooling.parameters import output_file, positive_number, whole_number
from atomic_counter.tooling.progress import figures_table


@click.command
@click.argument("url", required=False)
@click.option("--serve", is_flag=True, help="Serve this app, and audit it.")
@click.option(
    "--requests", type=whole_number(1), help="Requests. Default: 1000, or no limit with --duration."
)
@click.option("--duration", type=positive_number("SECONDS"), help="Stop after SECONDS.")
@click.option(
    "--clients", type=whole_number(1), default=AuditPlan.clients, help="Clients. Default: 16."
)
@click.option("--keys", type=whole_number(1), help="New counters. Default: 1.")
@click.option("--key", multiple=True, help="An existing counter. Repeatable.")
@click.option(
    "--block", type=whole_number(1, MAX_BLOCK), default=1, help="Numbers a request. Default: 1."
)
@click.option("--idempotent", is_flag=True, help="Retry with an idempotency key, up to ten times.")
@click.option("--drop-one-in", type=whole_number(1), help="Drop one in N responses, as if lost.")
@click.option("--iam", is_flag=True, help="Sign requests with your AWS credentials.")
@click.option("--api-key", metavar="VALUE", help="The value of the header x-api-key.")
@click.option("--plot", type=output_file(".png"), help="Plot latencies and numbers to a file.")
@click.option("--json", "figures", type=output_file(), help="Write the figures to a file.")
def audit(  # noqa: PLR0913 (a command has a parameter for each option)
    *,
    url: str | None,
    serve: bool,
    requests: int | None,
    keys: int | None,
    key: tuple[str, ...],
    iam: bool,
    api_key: str | None,
    plot: Path | None,
    figures: Path | None,
    **plan_fields: Any,
) -> int:
    """Check that a counter issues no number twice.

    Many clients request numbers from URL at once. Exit status: 0 neither
    duplicates nor numbers out of order, 1 some, 2 no numbers at all.
    """
    if bool(url) == serve:
        raise click.UsageError("give either URL or --serve")
    if keys and key:
        raise click.UsageError("give either --keys or --key")
    console = Console()
    audit_id = uuid4()
    with ExitStack() as cleanup:
        if serve:
            data = cleanup.enter_context(tempfile.TemporaryDirectory())
            url = cleanup.enter_context(run_gateway("--data", data)).url
        plan = AuditPlan(
            url=str(url).partition("?")[0],
            keys=key or [f"audit {audit_id} {number}" for number in range(keys or 1)],
            are_keys_new=not key,
            requests=requests or (None if plan_fields["duration"] else AuditPlan.requests),
            headers={"x-api-key": api_key} if api_key else {},
            auth=_iam_auth() if iam else None,
            **plan_fields,
        )
        result = _run(plan, console)
    if figures:
        figures.write_text(json.dumps(result.figures(), indent=2) + "\n", encoding="utf-8")
    if plot and result.numbers:
        from atomic_counter.audit.plot import plot_audit  # noqa: PLC0415 (slow to import)

        plot_audit(result, plot)
    return _print(plan, result, console)


def _iam_auth() -> AuthBase:
    from atomic_counter.client.iam import IamAuth  # noqa: PLC0415 (most audits don't sign)

    try:
        return IamAuth()
    except ValueError as error:
        raise CommandError(str(error)) from None


def _run(plan: AuditPlan, console: Console) -> AuditResult:
    columns = [TextColumn("requests"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()]
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=plan.requests)

        def advance(_: Sample) -> None:
            progress.advance(task)

        return asyncio.run(run_audit(plan, advance))


def _print(plan: AuditPlan, result: AuditResult, console: Console) -> int:
    """Print the result, and return the exit status."""
    console.print(figures_table("The audit", audit_rows(plan, result)))
    if result.first_reason:
        console.print(f"The first request without a response: {escape(result.first_reason)}")
    if HTTPStatus.TOO_MANY_REQUESTS in result.errors:
        console.print(
            "The service throttled requests. Fewer --clients or a larger --block send fewer; the"
            " options throttleRate and throttleBurst raise the service's limit.",
        )
    if result.duplicates:
        console.print(f"[bold red]{result.duplicates} numbers were issued more than once.[/]")
        return 1
    if result.disorder:
        console.print(f"[bold red]{result.disorder} numbers were out of order.[/]")
        return 1
    if not result.numbers:
        console.print("[bold red]No number was issued.[/]")
        return 2
    console.print("[bold green]No number was issued twice, or out of order.[/]")
    return 0
