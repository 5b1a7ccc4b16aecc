"""The command `atomic-counter live`."""

import os
import secrets
from collections import Counter as Tally
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3
import click

from atomic_counter.commands.cost import monthly_cost
from atomic_counter.commands.live.account import Account
from atomic_counter.commands.live.programs import RunProgram, run_program
from atomic_counter.commands.live.proof import (
    AUDIT_REQUESTS,
    PROOF_STATE,
    RETRY_REQUESTS,
    Proof,
    how_to_delete,
)
from atomic_counter.local.cloudformation import read_document
from atomic_counter.options import AppOptions, OptionError
from atomic_counter.tooling import node
from atomic_counter.tooling.errors import CommandError
from atomic_counter.tooling.parameters import context_option
from atomic_counter.tooling.synthesis import synthesize
from atomic_counter.tooling.terminal import console

STACK_PREFIX = "AtomicCounterLive"
# The requests of the tests and the audits.
REQUESTS = 550 + AUDIT_REQUESTS + RETRY_REQUESTS
HOURS_A_MONTH = 730


@click.command
@context_option
@click.option("--yes", is_flag=True, help="Don't ask for confirmation.")
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    metavar="FILE.md",
    default=Path("live-report.md"),
    help="The report. Default: live-report.md, with live-report.png.",
)
def live(context: Sequence[tuple[str, str]], yes: bool, report: Path) -> int:
    """Prove the counter in an AWS account.

    Deploys a copy, tests it, audits it, and deletes it. Exit status: 1 if a promise was broken, 2
    if a step failed or something is left, 130 after an interrupt, which also deletes the copy.
    """
    return prove(dict(context), report, confirm=(lambda: True) if yes else _confirm)


def prove(
    context: Mapping[str, str],
    report: Path,
    *,
    confirm: Callable[[], bool],
    session: Any = None,
    run: RunProgram = run_program,
) -> int:
    """Prove a counter, and return the exit status. The keyword arguments are for fakes.

    Raises:
        CommandError: An option is wrong, or the account lacks something.
        click.Abort: The person declines.
    """
    full_context = {"stackName": f"{STACK_PREFIX}-{secrets.token_hex(4)}", **context}
    options = _check(full_context)
    session = session or boto3.Session(region_name=os.environ.get("AWS_REGION"))
    account = Account(session)
    account.check(options.stack_name)
    node.install_packages()
    [template] = synthesize(PROOF_STATE / "cdk.out", {**full_context, "ephemeral": "true"})
    _announce(account, options.stack_name, read_document(template))
    if not confirm():
        print("Nothing was deployed.")
        raise click.Abort
    proof = Proof(session, account, options, template, run)
    proof.prove(context)
    proof.report.print(console())
    proof.write(report)
    return proof.report.status


def _check(context: Mapping[str, str]) -> AppOptions:
    try:
        options = AppOptions.from_context(context)
    except OptionError as error:
        raise CommandError(str(error)) from None
    if options.replicas:
        raise CommandError(
            "region, replicas and witness must be absent, as one Region is proved: deploy them, and"
            " run pytest tests/contract --url with the URL of each"
        )
    if context.get("ephemeral", "true") != "true":
        raise CommandError("ephemeral must be true, or the table would be left in the account")
    return options


def _announce(account: Account, stack: str, template: Mapping[str, Any]) -> None:
    types = Tally(resource["Type"] for resource in template["Resources"].values())
    resources = ", ".join(f"{n} {name.removeprefix('AWS::')}" for name, n in types.items())
    costs = monthly_cost([template], REQUESTS)
    hourly = costs.pop("alarms") + costs.pop("dashboards")
    usd = sum(costs.values()) + hourly / HOURS_A_MONTH
    print(f"Account {account.id}, Region {account.region}, as {account.principal}")
    print(f"Deploys the stack {stack}: {resources}")
    print(f"Sends {REQUESTS:,} requests, for about {usd:.3f} USD.")
    print("Deletes the stack. If this program is killed, delete it by hand:")
    print(f"    {how_to_delete(account, stack)}", flush=True)


def _confirm() -> bool:
    try:
        return click.confirm("Continue?")
    except click.Abort:
        print("\nTo run without confirmation: --yes, or make live YES=1.")
        return False
