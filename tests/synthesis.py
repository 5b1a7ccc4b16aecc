"""The templates of the app, synthesized in this process."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk.assertions import Template

from atomic_counter.options import AppOptions
from atomic_counter.stack import add_stacks
from tests.conftest import CDK_CONTEXT

TWO_REGIONS = AppOptions(region="us-east-1", replicas=["us-east-2"], witness="us-west-2")
THREE_REGIONS = AppOptions(region="eu-west-1", replicas=["us-east-1", "ap-south-1"])


def synthesize(options: AppOptions) -> Template:
    """Return the template of the first stack."""
    return next(iter(synthesize_all(options).values()))


def synthesize_all(options: AppOptions) -> dict[str, Template]:
    """Return the templates by the names of their stacks, that with the table first."""
    # Neither the tree nor the stack traces are part of a template, and both take time.
    app = cdk.App(context=CDK_CONTEXT, tree_metadata=False, stack_traces=False)
    stacks = add_stacks(app, options)
    return {stack.stack_name: Template.from_stack(stack) for stack in stacks}


def template_file(options: AppOptions, folder: Path) -> Path:
    """Write the first template to a file of this folder, as in `cdk.out`."""
    return template_files(options, folder)[0]


def template_files(options: AppOptions, folder: Path) -> list[Path]:
    """Write the templates to files of this folder, as in `cdk.out`."""
    files = []
    for name, template in synthesize_all(options).items():
        files.append(folder / f"{name}.template.json")
        files[-1].write_text(json.dumps(template.to_json()))
    return files


def in_region(region: str | None) -> cdk.Stack:
    """Return an empty stack. Without a Region, the CLI decides."""
    return cdk.Stack(cdk.App(context=CDK_CONTEXT), "Billing", env=cdk.Environment(region=region))


def only(template: Template, resource_type: str) -> tuple[str, dict[str, Any]]:
    """Return the logical id and the properties of the only resource of a type."""
    ((logical_id, resource),) = template.find_resources(resource_type).items()
    return logical_id, resource["Properties"]
