"""The table, in one Region or strongly consistent in three, and the role that may use it."""

from collections.abc import Sequence
from typing import Any

import jsii
from aws_cdk import RemovalPolicy, Stack, Token
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct, IValidation

from atomic_counter.counter.encryption import allow_use_of_key
from atomic_counter.counter.names import global_table_name
from atomic_counter.counter.operations import Operation
from atomic_counter.options import CounterOptions, OptionError


def add_table(scope: Construct, options: CounterOptions) -> dynamodb.Table | dynamodb.TableV2:
    """Add the table.

    Both kinds of table have the same logical id. So CloudFormation refuses to replace a table that
    has counted by an empty global table.
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
        return _add_global_table(scope, options, properties)
    return dynamodb.Table(
        scope,
        "Table",
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        encryption_key=options.encryption_key,
        **properties,
    )


def _add_global_table(
    scope: Construct, options: CounterOptions, properties: dict[str, Any]
) -> dynamodb.TableV2:
    table = dynamodb.TableV2(
        scope,
        "Table",
        table_name=global_table_name(scope),
        billing=dynamodb.Billing.on_demand(),
        replicas=[dynamodb.ReplicaTableProps(region=region) for region in options.replicas],
        **properties,
    )
    # Not as arguments, which the CDK checks against the sets of Regions of 2025.
    resource = table.node.default_child
    assert isinstance(resource, dynamodb.CfnGlobalTable)
    resource.multi_region_consistency = "STRONG"
    if options.witness:
        witness = dynamodb.CfnGlobalTable.GlobalTableWitnessProperty(region=options.witness)
        resource.global_table_witnesses = [witness]
    return table


def add_role(scope: Construct, table: dynamodb.ITable, operations: Sequence[Operation]) -> iam.Role:
    """Add the role of API Gateway, which allows what the operations need, and nothing else."""
    permissions = {operation.permission for operation in operations}
    count = iam.PolicyStatement(actions=sorted(permissions), resources=[table.table_arn])
    role = iam.Role(
        scope,
        "Role",
        assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
        inline_policies={"Count": iam.PolicyDocument(statements=[count])},
    )
    allow_use_of_key(table, role)
    return role


def concrete_region(stack: Stack) -> str:
    """Return the Region of a stack whose table has replicas."""
    if Token.is_unresolved(stack.region):
        raise OptionError(
            f"replicas need the Region of their stack: give {stack.node.id} an env with a region"
        )
    return stack.region


@jsii.implements(IValidation)
class ConsistencyValidation:
    """Stops synthesis if a table has become eventually consistent, as `add_replica` does."""

    def __init__(self, table: dynamodb.ITable, options: CounterOptions) -> None:
        self._table = table
        self._options = options

    def validate(self) -> list[str]:
        """Return what is wrong with the table."""
        try:
            _check_consistency(_origin(self._table), self._options)
        except OptionError as error:
            return [str(error)]
        return []


def check_table(table: dynamodb.ITable, options: CounterOptions, stack: Stack) -> None:
    """Check a table that the construct is given.

    The properties of a table from outside the app are unknown.

    Raises:
        OptionError: The table has another key, is in another account or Region than the stack, has
            replicas that aren't strongly consistent or come with the option `documents`, or itself
            comes with the option `replicas`.
    """
    if options.replicas:
        raise OptionError("replicas need a table that the construct creates: remove table")
    _check_place(table, stack)
    origin = _origin(table)
    _check_key(origin)
    _check_consistency(origin, options)


def _origin(table: dynamodb.ITable) -> dynamodb.ITable:
    """Return the table that a replica belongs to, or the table itself."""
    scope = table.node.scope
    return scope if isinstance(scope, dynamodb.TableV2) else table


def _check_place(table: dynamodb.ITable, stack: Stack) -> None:
    """Check account and Region, of which the ARN of a table from outside the app says more."""
    parts = table.table_arn.split(":")
    region, account = parts[3:5] if len(parts) > 1 else (table.env.region, table.env.account)
    for kind, given, own in (
        ("Region", region, stack.region),
        ("account", account, stack.account),
    ):
        if given != own and not (Token.is_unresolved(given) or Token.is_unresolved(own)):
            raise OptionError(
                f"table must be in the {kind} of its stack, {own}, as API Gateway calls DynamoDB"
                f" there, got one in {given}"
            )


def _check_key(table: dynamodb.ITable) -> None:
    resource = table.node.default_child
    if not isinstance(resource, dynamodb.CfnTable | dynamodb.CfnGlobalTable):
        return
    stack = Stack.of(table)
    schema = stack.resolve(resource.key_schema)
    attributes = stack.resolve(resource.attribute_definitions)
    types = {each["attributeName"]: each["attributeType"] for each in attributes or ()}
    key = [f"{name} ({types[name]})" for name in (part["attributeName"] for part in schema or ())]
    if key != ["systemKey (S)"]:
        raise OptionError(
            "table must have the string systemKey as its only key, got"
            f" {', '.join(key) or 'one without a key, such as a replica of another account'}"
        )


def _check_consistency(table: dynamodb.ITable, options: CounterOptions) -> None:
    resource = table.node.default_child
    # A `Table` with `replication_regions` has a custom resource for each replica.
    count = sum(child.node.id.startswith("Replica") for child in table.node.children)
    is_strong = False
    if isinstance(resource, dynamodb.CfnGlobalTable):
        count = len(Stack.of(table).resolve(resource.replicas)) - 1
        is_strong = resource.multi_region_consistency == "STRONG"
    if count and not is_strong:
        raise OptionError(
            "table must be strongly consistent if it has replicas, or numbers repeat;"
            " got one without multi_region_consistency=MultiRegionConsistency.STRONG"
        )
    if count and options.documents:
        raise OptionError(
            "documents need a table in one Region, as strongly consistent global tables have no"
            f" transactions; got one in {count + 1} Regions"
        )
