"""A counter in several Regions is one strongly consistent table behind an API in each."""

import json
from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Template
from constructs import Construct
from syrupy.assertion import SnapshotAssertion

from atomic_counter.counter import AtomicCounter
from atomic_counter.options import MRSC_REGIONS, AppOptions, OptionError
from atomic_counter.stack import add_stacks
from tests.conftest import CDK_CONTEXT
from tests.linting import lint
from tests.synthesis import THREE_REGIONS, TWO_REGIONS, in_region, only, synthesize, synthesize_all
from tests.unit.differences import DiffSnapshotExtension, difference

FIRST = "TheDynamodbAtomicCounterStack"
TABLE = f"{FIRST}-Counter"


@pytest.fixture(scope="module")
def two_regions() -> dict[str, Template]:
    return synthesize_all(TWO_REGIONS)


@pytest.fixture(scope="module")
def three_regions() -> dict[str, Template]:
    return synthesize_all(THREE_REGIONS)


@pytest.fixture(params=["two_regions", "three_regions"])
def templates(request: pytest.FixtureRequest) -> dict[str, Template]:
    found: dict[str, Template] = request.getfixturevalue(request.param)
    return found


def test_each_serving_region_has_a_stack(
    two_regions: dict[str, Template], three_regions: dict[str, Template]
) -> None:
    assert list(two_regions) == [FIRST, f"{FIRST}-us-east-2"]
    assert list(three_regions) == [FIRST, f"{FIRST}-us-east-1", f"{FIRST}-ap-south-1"]
    assert list(synthesize_all(replace(TWO_REGIONS, stack_name="Trial")))[1] == "Trial-us-east-2"


def test_table_is_strongly_consistent_in_exactly_three_regions(
    two_regions: dict[str, Template], three_regions: dict[str, Template]
) -> None:
    for template, replicas, witnesses in (
        (two_regions[FIRST], {"us-east-1", "us-east-2"}, [{"Region": "us-west-2"}]),
        (three_regions[FIRST], {"eu-west-1", "us-east-1", "ap-south-1"}, None),
    ):
        _, table = only(template, "AWS::DynamoDB::GlobalTable")
        assert table["MultiRegionConsistency"] == "STRONG"
        assert {replica["Region"] for replica in table["Replicas"]} == replicas
        assert table.get("GlobalTableWitnesses") == witnesses


def test_global_table_has_the_key_and_billing_mode_of_a_single_region_table(
    two_regions: dict[str, Template],
) -> None:
    _, table = only(two_regions[FIRST], "AWS::DynamoDB::GlobalTable")
    _, alone = only(synthesize(AppOptions()), "AWS::DynamoDB::Table")
    for name in ("KeySchema", "AttributeDefinitions", "BillingMode"):
        assert table[name] == alone[name]


def test_table_is_durable_in_each_region(templates: dict[str, Template]) -> None:
    table = only(templates[FIRST], "AWS::DynamoDB::GlobalTable")[1]
    for replica in table["Replicas"]:
        assert replica["DeletionProtectionEnabled"] is True
        assert replica["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    templates[FIRST].has_resource(
        "AWS::DynamoDB::GlobalTable",
        {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"},
    )


def test_ephemeral_table_is_deleted_with_the_stack_in_each_region() -> None:
    template = synthesize(replace(TWO_REGIONS, ephemeral=True))
    template.has_resource("AWS::DynamoDB::GlobalTable", {"DeletionPolicy": "Delete"})
    _, table = only(template, "AWS::DynamoDB::GlobalTable")
    assert not any(replica["DeletionProtectionEnabled"] for replica in table["Replicas"])


def test_global_table_is_named_after_the_stack(templates: dict[str, Template]) -> None:
    assert only(templates[FIRST], "AWS::DynamoDB::GlobalTable")[1]["TableName"] == TABLE
    trial = synthesize(replace(TWO_REGIONS, stack_name="Trial"))
    assert only(trial, "AWS::DynamoDB::GlobalTable")[1]["TableName"] == "Trial-Counter"


def test_deployed_table_cannot_be_replaced_by_an_empty_global_table(
    two_regions: dict[str, Template],
) -> None:
    alone, _ = only(synthesize(AppOptions()), "AWS::DynamoDB::Table")
    shared, _ = only(two_regions[FIRST], "AWS::DynamoDB::GlobalTable")
    assert shared == alone


def test_each_stack_has_permissions_only_on_the_replica_of_its_region(
    three_regions: dict[str, Template],
) -> None:
    for region in ("us-east-1", "ap-south-1"):
        template = three_regions[f"{FIRST}-{region}"]
        ((policy,),) = [role["Policies"] for role in roles(template)]
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert statement["Action"] == ["dynamodb:GetItem", "dynamodb:UpdateItem"]
        start, _, end = statement["Resource"]["Fn::Join"][1]
        assert (start, end) == (f"arn:aws:dynamodb:{region}:", f":table/{TABLE}")


def roles(template: Template) -> list[dict[str, Any]]:
    found = template.find_resources("AWS::IAM::Role").values()
    return [role["Properties"] for role in found]


def test_replica_stack_equals_first_stack_without_the_table(
    two_regions: dict[str, Template],
) -> None:
    first, second = (template.to_json() for template in two_regions.values())
    types = [{r["Type"] for r in template["Resources"].values()} for template in (first, second)]
    assert types[0] - types[1] == {"AWS::DynamoDB::GlobalTable"}
    assert types[1] - types[0] == set()
    assert second["Outputs"].keys() == first["Outputs"].keys()
    assert second["Outputs"]["tablename"]["Value"] == TABLE
    url = second["Outputs"]["apigwcounterurl"]["Value"]["Fn::Join"][1]
    assert ".execute-api.us-east-2." in url


def test_options_apply_in_each_region() -> None:
    everything = replace(
        TWO_REGIONS,
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
    assert second["Outputs"].keys() == {
        *("apigwcounterurl", "tablename", "dashboardname", "apikeyid"),
    }


def test_two_regions_differ_from_one_as_in_snapshot(
    two_regions: dict[str, Template], snapshot: SnapshotAssertion
) -> None:
    alone = synthesize(AppOptions())
    found = [f"{name}\n{difference(alone, new)}\n" for name, new in two_regions.items()]
    assert "\n".join(found) == snapshot(extension_class=DiffSnapshotExtension)


def test_three_regions_differ_from_two_as_in_snapshot(
    two_regions: dict[str, Template],
    three_regions: dict[str, Template],
    snapshot: SnapshotAssertion,
) -> None:
    first, replica = two_regions.values()
    pairs = zip([first, replica, replica], three_regions.items(), strict=True)
    found = [f"{name}\n{difference(old, new)}\n" for old, (name, new) in pairs]
    assert "\n".join(found) == snapshot(extension_class=DiffSnapshotExtension)


def test_cfn_lint_finds_nothing(templates: dict[str, Template]) -> None:
    for template in templates.values():
        assert lint(template) == []


def test_table_stack_is_deployed_before_replica_stacks() -> None:
    app = cdk.App(context=CDK_CONTEXT)
    first, *others = [stack.artifact_id for stack in add_stacks(app, THREE_REGIONS)]
    assembly = app.synth()
    for other in others:
        dependencies = assembly.get_stack_artifact(other).dependencies
        assert first in [dependency.id for dependency in dependencies]


def test_any_three_of_the_fifteen_regions_are_accepted() -> None:
    assert len(set(MRSC_REGIONS)) == len(MRSC_REGIONS) == 15
    for first, second, third in zip(
        MRSC_REGIONS, MRSC_REGIONS[5:], MRSC_REGIONS[10:], strict=False
    ):
        synthesize(AppOptions(region=first, replicas=[second], witness=third, monitoring=False))


def test_construct_uses_the_region_of_its_stack_as_first_region() -> None:
    stack = in_region("us-east-1")
    AtomicCounter(stack, "Invoices", replicas=["us-east-2"], witness="us-west-2")
    AtomicCounter(stack, "Credits", replicas=["us-east-2", "us-west-2"])
    tables = Template.from_stack(stack).find_resources("AWS::DynamoDB::GlobalTable").values()
    names = {table["Properties"]["TableName"] for table in tables}
    assert names == {"Billing-Invoices", "Billing-Credits"}


def name_of_table(stack: cdk.Stack) -> str:
    """Return the name of the global table of the only counter in a stack."""
    _, table = only(Template.from_stack(stack), "AWS::DynamoDB::GlobalTable")
    return str(table["TableName"])


def add_counter(scope: Construct, construct_id: str = "Invoices") -> None:
    two: dict[str, Any] = {"replicas": ["us-east-2"], "witness": "us-west-2"}
    AtomicCounter(scope, construct_id, monitoring=False, **two)


def named(stack_name: str, *path: str) -> str:
    """Return the name of the table of a counter at a path in a stack."""
    stack = cdk.Stack(cdk.App(), stack_name, env=cdk.Environment(region="us-east-1"))
    scope: Construct = stack
    for each in path[:-1]:
        scope = Construct(scope, each)
    add_counter(scope, path[-1])
    return name_of_table(stack)


@pytest.mark.parametrize("others", [0, 1, 2])
def test_table_in_a_nested_stack_keeps_its_name_whatever_else_is_in_the_app(others: int) -> None:
    stack = in_region("us-east-1")
    for number in range(others):
        sqs.Queue(stack, f"Queue{number}", queue_name=f"{stack.stack_id}{number}")
    nested = cdk.NestedStack(stack, "Nested")
    add_counter(nested)
    assert name_of_table(nested) == "Billing-Nested-Invoices.26f71935"


def test_no_two_counters_derive_one_name() -> None:
    places = [("A", "B", "C"), ("A-B", "C"), ("A", "B-C"), ("A", "B.C"), ("A", "B", "C-D")]
    names = {named(*place) for place in [*places, ("A-B", "C", "D"), ("A-B-C", "D"), ("A", "D")]}
    assert len(names) == 8
    assert {"A-B-C", "A-B-C-D", "A-D"} < names


def test_name_that_dynamodb_refuses_stops_synthesis() -> None:
    assert len(named("A" * 128, "B" * 126)) == 255
    with pytest.raises(OptionError, match="must have at most 255 characters, got AAA"):
        named("A" * 128, "B" * 127)


def test_stack_name_that_is_unknown_at_synthesis_is_refused() -> None:
    class Nameless(cdk.Stack):
        @property
        def stack_name(self) -> str:
            return cdk.Aws.STACK_NAME

    stack = Nameless(cdk.App(), "Billing", env=cdk.Environment(region="us-east-1"))
    with pytest.raises(OptionError, match="a stack whose name is known at synthesis"):
        add_counter(stack)


def test_stack_in_another_region_counts_in_the_replica() -> None:
    first = in_region("us-east-1")
    second = cdk.Stack(first.node.root, "Other", env=cdk.Environment(region="us-east-2"))  # type: ignore[arg-type]
    counter = AtomicCounter(first, "Invoices", replicas=["us-east-2"], witness="us-west-2")
    AtomicCounter(second, "Invoices", table=counter.replica_table("us-east-2"))
    policies = json.dumps(roles(Template.from_stack(second)))
    assert "arn:aws:dynamodb:us-east-2:" in policies
    assert ":table/Billing-Invoices" in policies


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        ({"replicas": ["us-east-2"], "witness": "us-west-2"}, "us-east-2"),
        ({"replicas": ["us-east-2", "us-west-2"]}, "us-east-2 or us-west-2"),
        ({}, "one of replicas, which is empty"),
    ],
)
def test_replica_table_of_another_region_is_refused(
    arguments: dict[str, Any], allowed: str
) -> None:
    counter = AtomicCounter(in_region("us-east-1"), "Invoices", **arguments)
    with pytest.raises(OptionError, match=f"must be {allowed}, got 'eu-west-1'"):
        counter.replica_table("eu-west-1")
