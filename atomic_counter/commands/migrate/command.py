"""The command `atomic-counter migrate`."""

from collections import Counter

import click

from atomic_counter.commands.migrate.copying import migrate_counters
from atomic_counter.commands.migrate.outcomes import OUTCOMES
from atomic_counter.tooling.aws import dynamodb_client
from atomic_counter.tooling.parameters import endpoint_option, whole_number


@click.command
@click.argument("source")
@click.argument("target")
@click.option(
    "--ahead",
    type=whole_number(0),
    default=0,
    help="Skip N numbers, which the source may have issued without storing them. Default: 0.",
)
@click.option("--dry-run", is_flag=True, help="Write nothing.")
@endpoint_option
def migrate(source: str, target: str, ahead: int, dry_run: bool, endpoint_url: str | None) -> int:
    """Copy the counters of another table.

    SOURCE is a table of the 2021 pattern, or another table of this stack, whose documents are
    copied, too. TARGET is this stack's table, its output tablename. Exit status: 1 if a counter
    couldn't be copied.
    """
    outcomes = Counter(dict.fromkeys(OUTCOMES, 0))
    try:
        with dynamodb_client(endpoint_url) as dynamodb:
            for counter in migrate_counters(dynamodb, source, target, ahead=ahead, dry_run=dry_run):
                click.echo(str(counter))
                outcomes[counter.outcome] += 1
    except KeyboardInterrupt:
        click.echo("interrupted: run it again to copy the rest", err=True)
        raise click.Abort from None
    click.echo(", ".join(f"{number} {outcome}" for outcome, number in outcomes.items()))
    if dry_run:
        click.echo("dry run: nothing was written")
    return 1 if outcomes["failed"] or outcomes["conflicting"] else 0
