"""The synthesized template keeps the contract's section "The stack"."""

import json
import subprocess
import sys
from typing import Any

import aws_cdk as cdk
import cfnlint.api
import pytest
from aws_cdk.assertions import Match, Template
from constructs import Construct

from atomic_counter.counter import AtomicCounter
from atomic_counter.stack import TheDynamodbAtomicCounterStack
from tests.conftest import CDK_CONTEXT


def synthesize() -> Template:
    app = cdk.App(context=CDK_CONTEXT)
    return Template.from_stack(TheDynamodbAtomicCounterStack(app, "TheDynamodbAtomicCounterStack"))


@pytest.fixture(scope="module")
def template() -> Template:
    return synthesize()


def only(template: Template, resource_type: str) -> tuple[str, dict[str, Any]]:
    ((logical_id, resource),) = template.find_resources(resource_type).items()
    return logical_id, resource["Properties"]


def test_the_tables_key_is_the_string_system_key(template: Template) -> None:
    template.has_resource_properties(
        "AWS::DynamoDB::Table",
        {
            "KeySchema": [{"AttributeName": "systemKey", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "systemKey", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )


def test_the_table_outlives_the_stack(template: Template) -> None:
    template.has_resource(
        "AWS::DynamoDB::Table",
        {
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "DeletionProtectionEnabled": True,
                "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            },
        },
    )


def test_the_api_is_regional_and_its_stage_is_prod(template: Template) -> None:
    template.has_resource_properties(
        "AWS::ApiGateway::RestApi",
        {"Name": "Atomic Count API", "EndpointConfiguration": {"Types": ["REGIONAL"]}},
    )
    template.has_resource_properties("AWS::ApiGateway::Stage", {"StageName": "prod"})


def test_get_and_post_counter_are_the_only_methods(template: Template) -> None:
    methods = template.find_resources("AWS::ApiGateway::Method").values()
    counter, resource = only(template, "AWS::ApiGateway::Resource")
    assert resource["PathPart"] == "counter"
    assert sorted(method["Properties"]["HttpMethod"] for method in methods) == ["GET", "POST"]
    assert all(method["Properties"]["ResourceId"] == {"Ref": counter} for method in methods)


@pytest.mark.parametrize("http_method", ["GET", "POST"])
def test_a_method_updates_the_item_as_the_role_and_passes_nothing_through(
    template: Template, http_method: str
) -> None:
    role, _ = only(template, "AWS::IAM::Role")
    uri = ["arn:", {"Ref": "AWS::Partition"}, ":apigateway:", {"Ref": "AWS::Region"}]
    template.has_resource_properties(
        "AWS::ApiGateway::Method",
        {
            "HttpMethod": http_method,
            "Integration": {
                "Type": "AWS",
                "IntegrationHttpMethod": "POST",
                "PassthroughBehavior": "NEVER",
                "Credentials": {"Fn::GetAtt": [role, "Arn"]},
                "Uri": {"Fn::Join": ["", [*uri, ":dynamodb:action/UpdateItem"]]},
            },
        },
    )


@pytest.mark.parametrize("http_method", ["GET", "POST"])
def test_a_method_requires_the_system_key(template: Template, http_method: str) -> None:
    validator, properties = only(template, "AWS::ApiGateway::RequestValidator")
    assert properties["ValidateRequestParameters"] is True
    template.has_resource_properties(
        "AWS::ApiGateway::Method",
        {
            "HttpMethod": http_method,
            "RequestParameters": {"method.request.querystring.systemKey": True},
            "RequestValidatorId": {"Ref": validator},
        },
    )


@pytest.mark.parametrize("http_method", ["GET", "POST"])
def test_the_request_names_the_table_and_asks_for_the_new_value(
    template: Template, http_method: str
) -> None:
    table, _ = only(template, "AWS::DynamoDB::Table")
    text = Match.string_like_regexp(r'ADD counterValue :count[^$]*"ReturnValues": "UPDATED_NEW"')
    request = {"Fn::Join": ["", ['#set($tableName = "', {"Ref": table}, text]]}
    template.has_resource_properties(
        "AWS::ApiGateway::Method",
        {
            "HttpMethod": http_method,
            "Integration": {"RequestTemplates": {"application/json": request}},
        },
    )


@pytest.mark.parametrize("http_method", ["GET", "POST"])
def test_only_a_2xx_of_dynamodb_is_a_200_and_the_default_is_an_error(
    template: Template, http_method: str
) -> None:
    responses: list[dict[str, Any]] = [
        {"SelectionPattern": r"2\d{2}", "StatusCode": "200"},
        {"SelectionPattern": r"4\d{2}", "StatusCode": "400"},
        {"SelectionPattern": Match.absent(), "StatusCode": "500"},
    ]
    template.has_resource_properties(
        "AWS::ApiGateway::Method",
        {
            "HttpMethod": http_method,
            "Integration": {"IntegrationResponses": [Match.object_like(r) for r in responses]},
        },
    )


def test_the_role_may_get_and_update_items_of_this_table_and_nothing_else(
    template: Template,
) -> None:
    table, _ = only(template, "AWS::DynamoDB::Table")
    _, role = only(template, "AWS::IAM::Role")
    template.resource_count_is("AWS::IAM::Policy", 0)
    assert "ManagedPolicyArns" not in role
    assert [policy["PolicyDocument"]["Statement"] for policy in role["Policies"]] == [
        [
            {
                "Effect": "Allow",
                "Action": ["dynamodb:GetItem", "dynamodb:UpdateItem"],
                "Resource": {"Fn::GetAtt": [table, "Arn"]},
            }
        ]
    ]


def test_only_api_gateway_may_take_the_role(template: Template) -> None:
    _, role = only(template, "AWS::IAM::Role")
    assert role["AssumeRolePolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "apigateway.amazonaws.com"},
        }
    ]


def test_the_outputs_are_the_url_and_the_tables_name(template: Template) -> None:
    table, _ = only(template, "AWS::DynamoDB::Table")
    outputs = template.to_json()["Outputs"]
    assert outputs.keys() == {"apigwcounterurl", "tablename"}
    assert outputs["tablename"]["Value"] == {"Ref": table}
    assert outputs["apigwcounterurl"]["Value"]["Fn::Join"][1][-1] == "/counter?systemKey=system-aa"


def test_there_is_no_lambda_function_and_no_custom_resource(template: Template) -> None:
    types = {resource["Type"] for resource in template.to_json()["Resources"].values()}
    services = {resource_type.rpartition("::")[0] for resource_type in types}
    assert services == {"AWS::ApiGateway", "AWS::DynamoDB", "AWS::IAM"}


def test_nothing_has_a_fixed_physical_name(template: Template) -> None:
    _, table = only(template, "AWS::DynamoDB::Table")
    _, role = only(template, "AWS::IAM::Role")
    assert "TableName" not in table
    assert "RoleName" not in role


def test_every_answer_of_api_gateway_itself_says_no_store(template: Template) -> None:
    responses = template.find_resources("AWS::ApiGateway::GatewayResponse").values()
    for response in responses:
        parameters = response["Properties"]["ResponseParameters"]
        assert parameters["gatewayresponse.header.Cache-Control"] == "'no-store'"
    types = {response["Properties"]["ResponseType"] for response in responses}
    assert {"DEFAULT_4XX", "DEFAULT_5XX"} <= types


def test_synthesis_gives_the_same_template_twice(template: Template) -> None:
    assert synthesize().to_json() == template.to_json()


def test_cfn_lint_finds_nothing(template: Template) -> None:
    assert cfnlint.api.lint(json.dumps(template.to_json())) == []


def test_the_construct_goes_into_any_stack_and_twice() -> None:
    class Billing(cdk.Stack):
        def __init__(self, scope: Construct) -> None:
            super().__init__(scope, "Billing")
            AtomicCounter(self, "Invoices")
            AtomicCounter(self, "Credits")

    billing = Template.from_stack(Billing(cdk.App(context=CDK_CONTEXT)))
    billing.resource_count_is("AWS::DynamoDB::Table", 2)
    assert "Outputs" not in billing.to_json()


def test_importing_the_package_does_not_load_the_cdk() -> None:
    modules = "atomic_counter, atomic_counter.mapping, atomic_counter.local.__main__"
    check = f"import sys, {modules}; sys.exit('jsii' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
