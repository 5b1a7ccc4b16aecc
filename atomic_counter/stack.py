"""The stacks that `cdk deploy` creates: one, or one in each Region that serves."""

from typing import Any

from aws_cdk import App, BootstraplessSynthesizer, CfnOutput, Environment, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from atomic_counter.counter import AtomicCounter
from atomic_counter.options import AppOptions


class TheDynamodbAtomicCounterStack(Stack):
    """One atomic counter, with its URL and its table's name as outputs."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        options: AppOptions | None = None,
        table: dynamodb.ITable | None = None,
        **stack_options: Any,
    ) -> None:
        super().__init__(scope, construct_id, **stack_options)
        options = options or AppOptions()
        arguments = {"table": table, **options.construct_arguments, **_existing(self, options)}
        self.counter = counter = AtomicCounter(
            self, "Counter", api_name=options.api_name, **arguments
        )
        CfnOutput(self, "apigwcounterurl", value=f"{counter.url}?systemKey=system-aa")
        CfnOutput(self, "tablename", value=counter.table.table_name)
        if counter.dashboard:
            CfnOutput(self, "dashboardname", value=counter.dashboard.dashboard_name)
        if counter.api_key:
            CfnOutput(self, "apikeyid", value=counter.api_key.key_id)


def _existing(stack: Stack, options: AppOptions) -> dict[str, Any]:
    """Return the arguments of the construct that are existing resources of the account."""
    found: dict[str, Any] = {}
    found["vpc_endpoints"] = [
        ec2.InterfaceVpcEndpoint.from_interface_vpc_endpoint_attributes(
            stack, endpoint, port=443, vpc_endpoint_id=endpoint
        )
        for endpoint in options.vpc_endpoints
    ]
    key = None
    if options.encryption_key_arn:
        key = kms.Key.from_key_arn(stack, "EncryptionKey", options.encryption_key_arn)
        found["encryption_key"] = key
    if options.table_name:
        found["table"] = dynamodb.Table.from_table_attributes(
            stack, "Table", table_name=options.table_name, encryption_key=key
        )
    if options.alarm_topic_arn:
        found["alarm_topic"] = sns.Topic.from_topic_arn(
            stack, "AlarmTopic", options.alarm_topic_arn
        )
    return found


def add_stacks(app: App, options: AppOptions) -> list[TheDynamodbAtomicCounterStack]:
    """Add the app's stacks, which need no `cdk bootstrap`, as they have no assets.

    Args:
        app: The CDK app.
        options: The counter's options.

    Returns:
        The stack that has the table, then a stack for each replica.
    """
    first = TheDynamodbAtomicCounterStack(
        app,
        options.stack_name,
        options=options,
        env=Environment(region=options.region),
        synthesizer=BootstraplessSynthesizer(),
        termination_protection=not options.ephemeral,
    )
    stacks = [first]
    for region in options.replicas:
        stack = TheDynamodbAtomicCounterStack(
            app,
            options.replica_stack_name(region),
            options=options.without_replicas(),
            table=first.counter.replica_table(region),
            env=Environment(region=region),
            synthesizer=BootstraplessSynthesizer(),
            termination_protection=not options.ephemeral,
        )
        stack.node.add_dependency(first)  # Its table is a replica of the first one's.
        stacks.append(stack)
    return stacks
