"""The command `atomic-counter template`: the counter for those who deploy without the CDK."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from atomic_counter.local.cloudformation import read_document
from atomic_counter.tooling.errors import CommandError
from atomic_counter.tooling.parameters import context_option, templates

CDK_METADATA = "aws:cdk:"
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MAX_BYTES = 51_200


@click.command
@context_option
def template(context: Sequence[tuple[str, str]]) -> None:
    """Print the CloudFormation template, without anything of the CDK.

    A line for each resource, as JSON, for: aws cloudformation deploy --template-file counter.json
    --stack-name Counter --capabilities CAPABILITY_IAM
    """
    paths = templates((), context)
    if len(paths) > 1:
        raise CommandError(
            "replicas must be absent, as each Region has a template of its own: deploy with the"
            " CDK CLI"
        )
    text = printed(read_document(paths[0]))
    click.echo(text)
    if (size := len(text.encode())) > MAX_BYTES:
        click.echo(
            f"the template has {size:,} bytes, and CloudFormation accepts {MAX_BYTES:,} in a"
            " request: deploy it with --s3-bucket, or with shorter names",
            err=True,
        )


def printed(document: Mapping[str, Any]) -> str:
    """Return a template as JSON, with a line for each of its entries."""
    sections = {name: entries for name, entries in document.items() if entries}
    return "{\n" + ",\n".join(_section(*each) for each in sections.items()) + "\n}"


def _section(name: str, entries: Mapping[str, Any]) -> str:
    lines = ",\n".join(_lines(entries))
    return f'"{name}": {{\n{lines}\n}}'


def _lines(entries: Mapping[str, Any]) -> Iterator[str]:
    for name, entry in entries.items():
        text = json.dumps(_without_metadata(entry), separators=(",", ":"), ensure_ascii=False)
        yield f"{json.dumps(name)}: {text}"


def _without_metadata(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry without the metadata of the CDK."""
    metadata = entry.get("Metadata", {})
    kept = {name: each for name, each in metadata.items() if not name.startswith(CDK_METADATA)}
    rest = {name: each for name, each in entry.items() if name != "Metadata"}
    return {**rest, **({"Metadata": kept} if kept else {})}
