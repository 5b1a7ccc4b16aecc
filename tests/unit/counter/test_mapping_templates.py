"""Each mapping template stands once in the CloudFormation template, and its parts fit together."""

import json
import re
from collections import Counter
from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk.assertions import Template

from atomic_counter.client.http.transport import NO_NUMBER
from atomic_counter.commands.template import printed
from atomic_counter.counter import AtomicCounter
from atomic_counter.counter.cors import cors_headers
from atomic_counter.counter.operations import COUNTING, DOCUMENTS, Operation
from atomic_counter.counter.table import add_role
from atomic_counter.options import AppOptions
from tests.conftest import CDK_CONTEXT
from tests.synthesis import synthesize

OPERATIONS = [*COUNTING, *DOCUMENTS]
# CloudFormation's limit for a template in a request.
MAX_BYTES = 51_200
EVERY_OPTION: dict[str, Any] = {
    "keys": "registered",
    "documents": True,
    "authorization": "api-key",
    "access_logs": True,
    "tracing": True,
    "alarm_email": "ops@example.com",
    "allow_origin": "https://app.example.com",
    "security_policy": "SecurityPolicy_TLS13_1_2_2021_06",
}

EXISTING: dict[str, Any] = {
    "encryption_key_arn": f"arn:aws:kms:us-east-1:111122223333:key/{'a' * 36}",
    "vpc_endpoints": ["vpce-0123456789abcdef0", "vpce-0123456789abcdef1"],
}


def texts(template: Template) -> list[str]:
    """Return the mapping templates in the section `Mappings`."""
    (mappings,) = template.to_json()["Mappings"].values()
    return [text for directions in mappings.values() for text in directions.values()]


@pytest.mark.parametrize("options", [{}, EVERY_OPTION], ids=["default", "every option"])
def test_each_mapping_template_stands_once_without_comments(options: dict[str, Any]) -> None:
    template = synthesize(AppOptions(**options))
    found = texts(template)
    assert set(Counter(found).values()) == {1}
    assert not any(re.search("^##", text, re.MULTILINE) for text in found)
    # A request template sets the table's name before its text. Three methods have one for each of
    # four content types, and lists of documents only for JSON.
    settings = json.dumps(template.to_json()["Resources"]).count("#set")
    assert settings == 12 + bool(options.get("documents"))


def test_default_template_has_less_than_45_000_bytes() -> None:
    assert len(json.dumps(synthesize(AppOptions()).to_json(), indent=1)) < 45_000


@pytest.mark.parametrize("other", [{}, {**EXISTING, "documents": False}], ids=["own", "existing"])
def test_template_with_many_options_fits_into_a_request(other: dict[str, Any]) -> None:
    template = synthesize(AppOptions(**EVERY_OPTION | other))
    assert len(printed(template.to_json()).encode()) < MAX_BYTES


def deployment() -> str:
    """Return the logical id of the deployment of a new counter."""
    stack = cdk.Stack(cdk.App(context=CDK_CONTEXT), "Billing")
    AtomicCounter(stack, "Counter")
    (logical_id,) = Template.from_stack(stack).find_resources("AWS::ApiGateway::Deployment")
    return logical_id


def test_changed_mapping_template_makes_a_new_deployment(monkeypatch: pytest.MonkeyPatch) -> None:
    before = deployment()
    assert deployment() == before
    templates = Operation.templates
    monkeypatch.setattr(
        Operation,
        "templates",
        lambda this, keys: {n: f"{text} " for n, text in templates(this, keys).items()},
    )
    assert deployment() != before


def test_role_allows_what_another_operation_needs() -> None:
    stack = cdk.Stack()
    table = dynamodb.Table.from_table_name(stack, "Table", "counters")
    deleting = replace(COUNTING[0], action="DeleteItem")
    add_role(stack, table, [*COUNTING, deleting])
    assert actions(Template.from_stack(stack)) == {"DeleteItem", "GetItem", "UpdateItem"}


@pytest.mark.parametrize("options", [{}, {"documents": True}, EVERY_OPTION])
def test_role_allows_exactly_what_the_methods_call(options: dict[str, Any]) -> None:
    template = synthesize(AppOptions(**options))
    called = set(re.findall(r"dynamodb:action/(\w+)", json.dumps(template.to_json())))
    # A transaction of updates needs the permission of an update.
    needed = {{"TransactWriteItems": "UpdateItem"}.get(action, action) for action in called}
    assert actions(template) == needed


def actions(template: Template) -> set[str]:
    """Return the actions of DynamoDB that the role allows."""
    (role,) = template.find_resources("AWS::IAM::Role").values()
    (policy,) = role["Properties"]["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    return {action.removeprefix("dynamodb:") for action in statement["Action"]}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: f"{each.request}")
def test_variable_is_set_before_its_use(operation: Operation) -> None:
    for name, text in operation.templates("registered").items():
        known = {"input", "util", "context", "tableName"}
        for line in text.splitlines():
            set_here = r"(?:#set\(|#foreach\()\$(\w+) (?:=|in) "
            used = re.sub(rf"{set_here}|'[^']*'", "", line)
            known |= set(re.findall(r"#foreach\(\$(\w+)", line))
            assert set(re.findall(r"\$!?\{?([a-zA-Z]\w*)", used)) <= known, (name, line)
            known |= set(re.findall(set_here, line))


def test_client_knows_the_message_of_a_document_without_a_number() -> None:
    (reading, *_) = DOCUMENTS
    assert f"'{NO_NUMBER}'" in reading.templates("open")["get_document_response"]


@pytest.mark.parametrize(
    "options", [AppOptions(allow_origin="*"), AppOptions(allow_origin="*", documents=True)]
)
def test_pages_can_read_every_header_that_a_mapping_template_sets(options: AppOptions) -> None:
    operations = DOCUMENTS if options.documents else COUNTING
    text = "".join(t for each in operations for t in each.templates("open").values())
    computed = set(re.findall(r"responseOverride\.header\.([\w-]+)", text))
    exposed = cors_headers(options)["Access-Control-Expose-Headers"].strip("'").split(",")
    assert set(exposed) == computed
