"""The stack that `cdk deploy` brings into an account; where a Region may be lost, one in each."""

from typing import Any

from aws_cdk import App, CfnOutput, Environment, Stack
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from atomic_counter.counter import AtomicCounter
from atomic_counter.options import Options


class TheDynamodbAtomicCounterStack(Stack):
    """One atomic counter, its URL and its table's name as outputs."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        options: Options | None = None,
        table: dynamodb.ITable | None = None,
        **stack_options: Any,
    ) -> None:
        super().__init__(scope, construct_id, **stack_options)
        options = options or Options()
        self.counter = counter = AtomicCounter(
            self, "Counter", table=table, api_name=options.api_name, **options.of_the_construct()
        )
        CfnOutput(self, "apigwcounterurl", value=f"{counter.url}?systemKey=system-aa")
        CfnOutput(self, "tablename", value=counter.table.table_name)
        if counter.api_key:
            CfnOutput(self, "apikeyid", value=counter.api_key.key_id)


def add_stacks(app: App, options: Options) -> list[TheDynamodbAtomicCounterStack]:
    """Add the app's stacks: one, or with `replicas` one in each Region that serves.

    Args:
        app: The CDK app.
        options: Those of the counter.

    Returns:
        The stack with the table, then those that count in its replicas.
    """
    first = TheDynamodbAtomicCounterStack(
        app, options.stack_name, options=options, env=Environment(region=options.region)
    )
    stacks = [first]
    for region in options.replicas:
        assert isinstance(first.counter.table, dynamodb.TableV2)
        stack = TheDynamodbAtomicCounterStack(
            app,
            options.stack_name_in(region),
            options=options.in_one_region(),
            table=first.counter.table.replica(region),
            env=Environment(region=region),
        )
        stack.add_stack_dependency(first, reason="its table is a replica of the first Region's")
        stacks.append(stack)
    return stacks
