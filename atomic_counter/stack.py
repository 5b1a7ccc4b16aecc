"""The stack that `cdk deploy` brings into an account."""

from typing import Any

from aws_cdk import CfnOutput, Stack
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
        **stack_options: Any,
    ) -> None:
        super().__init__(scope, construct_id, **stack_options)
        options = options or Options()
        counter = AtomicCounter(
            self, "Counter", api_name=options.api_name, **options.of_the_construct()
        )
        CfnOutput(self, "apigwcounterurl", value=f"{counter.url}?systemKey=system-aa")
        CfnOutput(self, "tablename", value=counter.table.table_name)
        if counter.api_key:
            CfnOutput(self, "apikeyid", value=counter.api_key.key_id)
