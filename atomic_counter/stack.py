"""The stack that `cdk deploy` brings into an account."""

from typing import Any

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from atomic_counter.counter import AtomicCounter


class TheDynamodbAtomicCounterStack(Stack):
    """One atomic counter, its URL and its table's name as outputs."""

    def __init__(self, scope: Construct, construct_id: str, **stack_options: Any) -> None:
        super().__init__(scope, construct_id, **stack_options)
        counter = AtomicCounter(self, "Counter")
        CfnOutput(self, "apigwcounterurl", value=f"{counter.url}?systemKey=system-aa")
        CfnOutput(self, "tablename", value=counter.table.table_name)
