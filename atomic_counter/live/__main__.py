"""Prove a counter in your AWS account: deploy a copy, test it, audit it, and remove it again."""

import argparse
import os
import secrets
import sys
from collections import Counter as Tally
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3
from rich.console import Console

from atomic_counter import cost
from atomic_counter.live.account import Account
from atomic_counter.live.commands import Run, run
from atomic_counter.live.proof import AUDITED, AUDITED_AGAIN, FOLDER, Proof, how_to_remove
from atomic_counter.local import LocalError, node
from atomic_counter.local.arguments import add_context_argument
from atomic_counter.local.synthesis import synthesize
from atomic_counter.local.template import read_document
from atomic_counter.options import OptionError, Options

NAME = "AtomicCounterLive"
# What tests and audits send.
REQUESTS = 550 + AUDITED + AUDITED_AGAIN
HOURS_A_MONTH = 730


def main(
    arguments: Sequence[str] | None = None,
    *,
    session: Any = None,
    run: Run = run,
    ask: Callable[[str], str] = input,
) -> int:
    """Run the command.

    Args:
        arguments: Those of the command line.
        session: A `boto3.Session`. Default: the configured one.
        run: Runs the CDK CLI and pytest.
        ask: Asks a person.

    Returns:
        0 if every promise was kept and nothing is left; 1 if not; 130 if the person says no.
    """
    options = _parser().parse_args(arguments)
    console = Console()
    try:
        context = {"stackName": f"{NAME}-{secrets.token_hex(4)}", **dict(options.context)}
        counter = _check(context)
        session = session or boto3.Session(region_name=os.environ.get("AWS_REGION"))
        account = Account(session)
        missing = account.missing(counter.stack_name)
        if missing:
            raise LocalError("\nerror: ".join(missing))
        node.install_packages()
        [template] = synthesize(FOLDER / "cdk.out", {**context, "ephemeral": "true"})
    except LocalError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    _announce(account, counter.stack_name, read_document(template))
    if not options.yes and not _agreed(ask):
        print("Nothing was deployed.")
        return 130
    proof = Proof(session, account, counter, template, run)
    proof.prove(options.context)
    proof.report.print(console)
    proof.write(options.report)
    return 0 if proof.report.is_proved else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m atomic_counter.live", description=__doc__)
    add_context_argument(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE.md",
        default=Path("live-report.md"),
        help="default: live-report.md, with live-report.png",
    )
    return parser


def _check(context: Mapping[str, str]) -> Options:
    try:
        options = Options.from_context(context)
    except OptionError as error:
        raise LocalError(str(error)) from None
    if options.replicas:
        raise LocalError(
            "region, replicas and witness take more than the one Region that is proved here; deploy"
            " them, and run pytest tests/live --url with the URL of each"
        )
    if context.get("ephemeral", "true") != "true":
        raise LocalError("ephemeral=false would leave the table behind; here it is always true")
    return options


def _announce(account: Account, stack: str, template: Mapping[str, Any]) -> None:
    made = Tally(resource["Type"] for resource in template["Resources"].values())
    of_types = ", ".join(f"{n} {name.removeprefix('AWS::')}" for name, n in made.items())
    paid = cost.monthly([template], REQUESTS)
    by_the_hour = paid.pop("alarms") + paid.pop("dashboards")
    usd = sum(paid.values()) + by_the_hour / HOURS_A_MONTH
    print(f"Account {account.id}, Region {account.region}, as {account.principal}")
    print(f"Deploys the stack {stack}: {of_types}")
    print(f"Asks it {REQUESTS:,} times, for about {usd:.3f} USD.")
    print("Removes it again, which can be done by hand, should this program be killed:")
    print(f"    {how_to_remove(account, stack)}", flush=True)


def _agreed(ask: Callable[[str], str]) -> bool:
    try:
        return ask("Go on? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        print("\nNobody is there to be asked: give --yes, or make live YES=1.")
        return False
    except KeyboardInterrupt:
        return False


if __name__ == "__main__":
    sys.exit(main())
