"""The table: in one Region, or strongly consistent in three."""

import re
from typing import Any

from aws_cdk import RemovalPolicy, Stack, Token
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from atomic_counter.options import OptionError, Options


def build_table(counter: Construct, options: Options) -> dynamodb.Table | dynamodb.TableV2:
    """The table of `counter`.

    Both kinds have one logical id, so that CloudFormation refuses to put an empty global table in
    the place of a table that has counted.
    """
    durable = not options.ephemeral
    properties: dict[str, Any] = {
        "partition_key": dynamodb.Attribute(name="systemKey", type=dynamodb.AttributeType.STRING),
        "removal_policy": RemovalPolicy.RETAIN if durable else RemovalPolicy.DESTROY,
        "deletion_protection": durable,
        "point_in_time_recovery_specification": dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=durable
        ),
    }
    if options.replicas:
        return _build_global_table(counter, options, properties)
    on_demand = dynamodb.BillingMode.PAY_PER_REQUEST
    return dynamodb.Table(counter, "Table", billing_mode=on_demand, **properties)


def _build_global_table(
    counter: Construct, options: Options, properties: dict[str, Any]
) -> dynamodb.TableV2:
    table = dynamodb.TableV2(
        counter,
        "Table",
        table_name=_name_after_the_stack(counter),
        billing=dynamodb.Billing.on_demand(),
        replicas=[dynamodb.ReplicaTableProps(region=region) for region in options.replicas],
        **properties,
    )
    # Not as arguments, for which the CDK knows no more than the Regions of 2025, in sets.
    resource = table.node.default_child
    assert isinstance(resource, dynamodb.CfnGlobalTable)
    resource.multi_region_consistency = "STRONG"
    if options.witness:
        witness = dynamodb.CfnGlobalTable.GlobalTableWitnessProperty(region=options.witness)
        resource.global_table_witnesses = [witness]
    return table


def _name_after_the_stack(counter: Construct) -> str:
    """A name that stacks in other Regions know too."""
    stack = Stack.of(counter)
    path = counter.node.path.removeprefix(f"{stack.node.path}/")
    return re.sub(r"[^\w.-]", "-", f"{stack.stack_name}-{path}", flags=re.ASCII)


def region_of(stack: Stack) -> str:
    """The Region of a stack that is to have replicas elsewhere.

    Raises:
        OptionError: It is left to the CLI.
    """
    if Token.is_unresolved(stack.region):
        raise OptionError(
            f"replicas need a Region of their stack: give {stack.node.id} an env with a region"
        )
    return stack.region


def check_table(table: dynamodb.ITable) -> None:
    """Check a table made in this app; one from elsewhere, or a replica, does not tell.

    Raises:
        OptionError: It has another key, or replicas that are not strongly consistent.
    """
    made = table.node.default_child
    if not isinstance(made, dynamodb.CfnTable | dynamodb.CfnGlobalTable):
        return
    schema, attributes, replicas = Stack.of(table).resolve(
        [made.key_schema, made.attribute_definitions, getattr(made, "replicas", [])]
    )
    types = {attribute["attributeName"]: attribute["attributeType"] for attribute in attributes}
    key = [f"{name} ({types[name]})" for name in (part["attributeName"] for part in schema)]
    if key != ["systemKey (S)"]:
        raise OptionError(
            f"table must have the string systemKey as its only key, got {', '.join(key)}"
        )
    if len(replicas) > 1 and getattr(made, "multi_region_consistency", None) != "STRONG":
        raise OptionError(
            "table must be strongly consistent where it has replicas, as numbers repeat otherwise;"
            " got one without multi_region_consistency=MultiRegionConsistency.STRONG"
        )
