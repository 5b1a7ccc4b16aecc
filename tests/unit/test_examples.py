"""The stacks in `examples` can be deployed as they are."""

from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Match, Template

from examples.invoice_service.app import InvoiceService
from tests.conftest import CDK_CONTEXT
from tests.linting import lint

# The CDK makes each function depend on its role, which the function refers to.
OF_THE_CDK = "W3005"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Template:
    app = cdk.App(context=CDK_CONTEXT)
    code = tmp_path_factory.mktemp("function")
    return Template.from_stack(InvoiceService(app, "InvoiceService", str(code)))


def test_service_has_no_finding(service: Template) -> None:
    assert [finding for finding in lint(service) if OF_THE_CDK not in finding] == []


def test_function_may_only_count_and_write_invoices(service: Template) -> None:
    def allows(actions: str | list[str], table: str) -> object:
        resource = {"Fn::GetAtt": [Match.string_like_regexp(f"^{table}"), "Arn"]}
        return Match.object_like({"Action": actions, "Resource": resource})

    count = allows(["dynamodb:GetItem", "dynamodb:UpdateItem"], "CounterTable")
    statements = [count, allows("dynamodb:PutItem", "Invoices")]
    policy = {"PolicyDocument": {"Statement": statements, "Version": "2012-10-17"}}
    service.has_resource_properties("AWS::IAM::Policy", policy)


def test_function_has_the_handler_of_the_example(service: Template) -> None:
    service.has_resource_properties("AWS::Lambda::Function", {"Handler": "handler.handle"})
    assert "\ndef handle(" in Path("examples/invoice_service/handler.py").read_text()
