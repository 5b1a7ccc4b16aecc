"""The command `atomic-counter audit`."""

import asyncio
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from atomic_counter.client import CounterError
from atomic_counter.client.arguments import MAX_BLOCK
from atomic_counter.commands.audit.documents import audit_documents
from atomic_counter.commands.audit.documents_result import document_rows
from atomic_counter.commands.audit.load import AuditPlan, audit_rows, run_audit
from atomic_counter.commands.audit.result import AuditResult
from atomic_counter.commands.authorization import authorization_options, iam_auth
from atomic_counter.tooling.errors import CommandError
from atomic_counter.tooling.files import written_whole
from atomic_counter.tooling.gateway_process import run_gateway
from atomic_counter.tooling.parameters import output_file, positive_number, whole_number
from atomic_counter.tooling.terminal import console as new_console
from atomic_counter.tooling.terminal import figures_table, print_table, printable

# The options of an audit without documents.
PLAIN = ("duration", "idempotent")


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
@click.option("--documents", is_flag=True, help="Assign documents, for a counter with that option.")
@click.option("--drop-one-in", type=whole_number(1), help="Drop one in N responses, as if lost.")
@authorization_options
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
    documents: bool,
    api_key: str | None,
    plot: Path | None,
    figures: Path | None,
    **plan_fields: Any,
) -> int:
    """Check that a counter issues no number twice.

    Many clients request numbers from URL at once. Exit status: 0 neither
    duplicates nor numbers out of order, 1 some, 2 no numbers at all, or a refusal.

    With --documents, many clients assign the same documents at once, alone and in
    lists of 1 to 99, lose one response in ten, or in N, and assign again. Each
    document is assigned four times, about --requests times in total. Exit status:
    0 every document has one number and no number is missing, 1 otherwise, 2 no
    numbers at all, or a refusal.
    """
    if bool(url) == serve:
        raise click.UsageError("give either URL or --serve")
    if keys and key:
        raise click.UsageError("give either --keys or --key")
    if documents:
        has_block = plan_fields["block"] > 1
        given = {"plot": plot, "block": has_block, **{n: plan_fields[n] for n in PLAIN}}
        for name in (name for name, value in given.items() if value):
            raise click.UsageError(f"--{name} is for numbers without documents: remove one of them")
    console = new_console()
    audit_id = uuid4()
    with ExitStack() as cleanup:
        if serve:
            data = cleanup.enter_context(tempfile.TemporaryDirectory())
            context = ["--context", "documents=true"] if documents else []
            url = cleanup.enter_context(run_gateway("--data", data, *context)).url
        plan = AuditPlan(
            url=str(url).partition("?")[0],
            keys=key or [f"audit {audit_id} {number}" for number in range(keys or 1)],
            are_keys_new=not key,
            requests=requests or (None if plan_fields["duration"] else AuditPlan.requests),
            headers={"x-api-key": api_key} if api_key else {},
            auth=iam_auth() if iam else None,
            **plan_fields,
        )
        if documents:
            return _audit_documents(plan, figures, console)
        with _progress(plan, console) as advance:
            result = asyncio.run(run_audit(plan, advance))
    _write(figures, result.figures())
    if plot and result.numbers:
        from atomic_counter.commands.audit.plot import plot_audit  # noqa: PLC0415 (slow to import)

        with written_whole(plot) as part:
            plot_audit(result, part)
        console.print(f"Written: {printable(str(plot))}")
    return _print(plan, result, console)


def _audit_documents(plan: AuditPlan, figures: Path | None, console: Console) -> int:
    """Audit documents, print the result, and return the exit status."""
    try:
        with _progress(plan, console) as advance:
            result = audit_documents(plan, advance)
    except (CounterError, ValueError) as error:
        raise CommandError(str(error)) from None
    _write(figures, result.figures())
    print_table(console, figures_table("The audit", document_rows(plan, result)))
    for assignment in result.failed[:1]:
        console.print(f"The first assignment without a number: {printable(str(assignment.reason))}")
    if not result.numbers:
        console.print("No document got a number.", style="bold red")
        return 2
    if not result.is_complete:
        console.print("The numbers of the documents are not complete.", style="bold red")
        return 1
    console.print("Every document has one number, and no number is missing.", style="bold green")
    return 0


@contextmanager
def _progress(plan: AuditPlan, console: Console) -> Iterator[Callable[[object], None]]:
    """Show the progress, and provide a function that counts a request."""
    columns = [TextColumn("requests"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()]
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=plan.requests)
        yield lambda _: progress.advance(task)


def _write(path: Path | None, figures: dict[str, Any]) -> None:
    if path:
        with written_whole(path) as part:
            part.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _print(plan: AuditPlan, result: AuditResult, console: Console) -> int:
    """Print the result, and return the exit status."""
    print_table(console, figures_table("The audit", audit_rows(plan, result)))
    if result.first_reason:
        console.print(f"The first request without a response: {printable(result.first_reason)}")
    if HTTPStatus.TOO_MANY_REQUESTS in result.errors:
        console.print(
            "The service throttled requests. Fewer --clients or a larger --block send fewer; the"
            " options throttleRate and throttleBurst raise the service's limit.",
        )
    if result.duplicates:
        console.print(f"{result.duplicates} numbers were issued more than once.", style="bold red")
        return 1
    if result.disorder:
        console.print(f"{result.disorder} numbers were out of order.", style="bold red")
        return 1
    if not result.numbers:
        console.print("No number was issued.", style="bold red")
        return 2
    console.print("No number was issued twice, or out of order.", style="bold green")
    return 0
