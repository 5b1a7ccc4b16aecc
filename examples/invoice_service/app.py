"""The CDK app: a counter, a table of invoices, and the function that writes both."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from atomic_counter.counter import AtomicCounter


class InvoiceService(cdk.Stack):
    """The stack of the service.

    Args:
        scope: The app.
        construct_id: The name of the stack.
        code: The folder with the handler and the libraries that it imports.
    """

    def __init__(self, scope: Construct, construct_id: str, code: str) -> None:
        super().__init__(scope, construct_id)
        counter = AtomicCounter(self, "Counter", documents=True, authorization="iam")
        invoices = dynamodb.TableV2(
            self,
            "Invoices",
            partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        )
        function = lambda_.Function(
            self,
            "Function",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="handler.handle",
            code=lambda_.Code.from_asset(code),
            environment={
                "TABLE": counter.table.table_name,
                "INVOICES": invoices.table_name,
            },
        )
        counter.grant_count(function, keys=["invoices-*"])
        invoices.grant(function, "dynamodb:PutItem")


if __name__ == "__main__":
    app = cdk.App()
    InvoiceService(app, "InvoiceService", code="build/function")
    app.synth()
