"""A counter that outlives a Region is one strongly consistent table behind an API in each."""

import json
from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import cfnlint.api
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk.assertions import Template
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from atomic_counter.counter import AtomicCounter
from atomic_counter.options import REGIONS, Options
from atomic_counter.stack import add_stacks
from tests.conftest import CDK_CONTEXT
from tests.synthesis import OF_THREE, OF_TWO, in_region, only, synthesize, synthesize_all

FIRST = "TheDynamodbAtomicCounterStack"
TABLE = f"{FIRST}-Counter"


@pytest.fixture(scope="module")
def of_two() -> dict[str, Template]:
    return synthesize_all(OF_TWO)


@pytest.fixture(scope="module")
def of_three() -> dict[str, Template]:
    return synthesize_all(OF_THREE)


@pytest.fixture(params=["of_two", "of_three"])
def templates(request: pytest.FixtureRequest) -> dict[str, Template]:
    found: dict[str, Template] = request.getfixturevalue(request.param)
    return found


def test_there_is_a_stack_in_each_region_that_serves(
    of_two: dict[str, Template], of_three: dict[str, Template]
) -> None:
    assert list(of_two) == [FIRST, f"{FIRST}-us-east-2"]
    assert list(of_three) == [FIRST, f"{FIRST}-us-east-1", f"{FIRST}-ap-south-1"]
    assert list(synthesize_all(replace(OF_TWO, stack_name="Trial")))[1] == "Trial-us-east-2"


def test_the_table_is_strongly_consistent_in_exactly_three_regions(
    of_two: dict[str, Template], of_three: dict[str, Template]
) -> None:
    for template, replicas, witnesses in (
        (of_two[FIRST], {"us-east-1", "us-east-2"}, [{"Region": "us-west-2"}]),
        (of_three[FIRST], {"eu-west-1", "us-east-1", "ap-south-1"}, None),
    ):
        _, table = only(template, "AWS::DynamoDB::GlobalTable")
        assert table["MultiRegionConsistency"] == "STRONG"
        assert {replica["Region"] for replica in table["Replicas"]} == replicas
        assert table.get("GlobalTableWitnesses") == witnesses


def test_the_table_has_the_key_and_the_mode_of_one_in_one_region(
    of_two: dict[str, Template],
) -> None:
    _, table = only(of_two[FIRST], "AWS::DynamoDB::GlobalTable")
    _, alone = only(synthesize(Options()), "AWS::DynamoDB::Table")
    for name in ("KeySchema", "AttributeDefinitions", "BillingMode"):
        assert table[name] == alone[name]


def test_the_table_is_durable_in_each_region(templates: dict[str, Template]) -> None:
    table = only(templates[FIRST], "AWS::DynamoDB::GlobalTable")[1]
    for replica in table["Replicas"]:
        assert replica["DeletionProtectionEnabled"] is True
        assert replica["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    templates[FIRST].has_resource(
        "AWS::DynamoDB::GlobalTable",
        {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"},
    )


def test_an_ephemeral_table_goes_with_the_stack_in_each_region() -> None:
    template = synthesize(replace(OF_TWO, ephemeral=True))
    template.has_resource("AWS::DynamoDB::GlobalTable", {"DeletionPolicy": "Delete"})
    _, table = only(template, "AWS::DynamoDB::GlobalTable")
    assert not any(replica["DeletionProtectionEnabled"] for replica in table["Replicas"])


def test_the_table_is_named_after_the_stack(templates: dict[str, Template]) -> None:
    assert only(templates[FIRST], "AWS::DynamoDB::GlobalTable")[1]["TableName"] == TABLE
    trial = synthesize(replace(OF_TWO, stack_name="Trial"))
    assert only(trial, "AWS::DynamoDB::GlobalTable")[1]["TableName"] == "Trial-Counter"


def test_a_deployed_table_cannot_be_exchanged_for_an_empty_one(
    of_two: dict[str, Template],
) -> None:
    alone, _ = only(synthesize(Options()), "AWS::DynamoDB::Table")
    shared, _ = only(of_two[FIRST], "AWS::DynamoDB::GlobalTable")
    assert shared == alone


def test_each_stack_counts_in_its_own_regions_replica_and_may_do_nothing_else(
    of_three: dict[str, Template],
) -> None:
    for region in ("us-east-1", "ap-south-1"):
        template = of_three[f"{FIRST}-{region}"]
        ((policy,),) = [role["Policies"] for role in roles(template)]
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert statement["Action"] == ["dynamodb:GetItem", "dynamodb:UpdateItem"]
        start, _, end = statement["Resource"]["Fn::Join"][1]
        assert (start, end) == (f"arn:aws:dynamodb:{region}:", f":table/{TABLE}")


def roles(template: Template) -> list[dict[str, Any]]:
    found = template.find_resources("AWS::IAM::Role").values()
    return [role["Properties"] for role in found]


def test_a_replicas_stack_is_the_first_one_without_its_table(of_two: dict[str, Template]) -> None:
    first, second = (template.to_json() for template in of_two.values())
    types = [{r["Type"] for r in template["Resources"].values()} for template in (first, second)]
    assert types[0] - types[1] == {"AWS::DynamoDB::GlobalTable"}
    assert types[1] - types[0] == set()
    assert second["Outputs"].keys() == first["Outputs"].keys()
    assert second["Outputs"]["tablename"]["Value"] == TABLE
    url = second["Outputs"]["apigwcounterurl"]["Value"]["Fn::Join"][1]
    assert ".execute-api.us-east-2." in url


def test_the_options_hold_in_each_region() -> None:
    everything = replace(
        OF_TWO,
        keys="registered",
        authorization="api-key",
        access_logs=True,
        tracing=True,
        alarm_email="ops@example.com",
        allow_origin="*",
    )
    first, second = (template.to_json() for template in synthesize_all(everything).values())
    types = [sorted(r["Type"] for r in t["Resources"].values()) for t in (first, second)]
    types[0].remove("AWS::DynamoDB::GlobalTable")
    assert types[0] == types[1]
    assert second["Outputs"].keys() == {"apigwcounterurl", "tablename", "apikeyid"}


def test_the_templates_are_the_reviewed_ones(
    templates: dict[str, Template], snapshot: SnapshotAssertion
) -> None:
    documents = {name: template.to_json() for name, template in templates.items()}
    assert documents == snapshot(extension_class=JSONSnapshotExtension)


def test_cfn_lint_finds_nothing(templates: dict[str, Template]) -> None:
    for template in templates.values():
        assert cfnlint.api.lint(json.dumps(template.to_json())) == []


def test_the_table_comes_before_its_replicas() -> None:
    app = cdk.App(context=CDK_CONTEXT)
    first, *others = add_stacks(app, OF_THREE)
    assert [other.dependencies for other in others] == [[first], [first]]


def test_any_three_of_the_fifteen_regions_will_do() -> None:
    assert len(set(REGIONS)) == len(REGIONS) == 15
    for first, second, third in zip(REGIONS, REGIONS[5:], REGIONS[10:], strict=False):
        synthesize(Options(region=first, replicas=[second], witness=third, monitoring=False))


def test_the_construct_takes_the_first_region_from_its_stack() -> None:
    stack = in_region("us-east-1")
    AtomicCounter(stack, "Invoices", replicas=["us-east-2"], witness="us-west-2")
    AtomicCounter(stack, "Credits", replicas=["us-east-2", "us-west-2"])
    tables = Template.from_stack(stack).find_resources("AWS::DynamoDB::GlobalTable").values()
    names = {table["Properties"]["TableName"] for table in tables}
    assert names == {"Billing-Invoices", "Billing-Credits"}


def test_a_stack_in_another_region_counts_in_the_replica() -> None:
    first = in_region("us-east-1")
    second = cdk.Stack(first.node.root, "Other", env=cdk.Environment(region="us-east-2"))  # type: ignore[arg-type]
    counter = AtomicCounter(first, "Invoices", replicas=["us-east-2"], witness="us-west-2")
    assert isinstance(counter.table, dynamodb.TableV2)
    AtomicCounter(second, "Invoices", table=counter.table.replica("us-east-2"))
    policies = json.dumps(roles(Template.from_stack(second)))
    assert "arn:aws:dynamodb:us-east-2:" in policies
    assert ":table/Billing-Invoices" in policies
