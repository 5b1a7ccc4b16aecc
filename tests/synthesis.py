"""The stack's template, synthesized in this process."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk.assertions import Template

from atomic_counter.options import Options
from atomic_counter.stack import TheDynamodbAtomicCounterStack
from tests.conftest import CDK_CONTEXT


def synthesize(options: Options) -> Template:
    app = cdk.App(context=CDK_CONTEXT)
    stack = TheDynamodbAtomicCounterStack(app, "TheDynamodbAtomicCounterStack", options=options)
    return Template.from_stack(stack)


def template_file(options: Options, folder: Path) -> Path:
    """The template in a file of this folder, as it is in `cdk.out`."""
    path = folder / "TheDynamodbAtomicCounterStack.template.json"
    path.write_text(json.dumps(synthesize(options).to_json()))
    return path


def only(template: Template, resource_type: str) -> tuple[str, dict[str, Any]]:
    """The logical id and the properties of the only resource of a type."""
    ((logical_id, resource),) = template.find_resources(resource_type).items()
    return logical_id, resource["Properties"]
