"""The synthesized template has exactly what the stack promises."""

import subprocess
import sys
from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from constructs import Construct
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from atomic_counter.counter import AtomicCounter
from atomic_counter.options import AppOptions
from atomic_counter.stack import add_stacks
from tests.conftest import CDK_CONTEXT
from tests.linting import lint
from tests.synthesis import THREE_REGIONS, only, synthesize

ACTIONS = {
    "GET /counter": "UpdateItem",
    "POST /counter": "UpdateItem",
    "GET /counter/current": "GetItem",
}
PHYSICAL_NAMES = {
    *("AlarmName", "DashboardName", "LogGroupName", "RoleName", "TableName", "TopicName"),
    *("ApiKeyName", "UsagePlanName"),
}


@pytest.fixture(scope="module")
def template() -> Template:
    return synthesize(AppOptions())


def test_table_key_is_string_system_key(template: Template) -> None:
    template.has_resource_properties(
        "AWS::DynamoDB::Table",
        {
            "KeySchema": [{"AttributeName": "systemKey", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "systemKey", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )


def test_table_is_retained_and_protected_by_default(template: Template) -> None:
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


def test_api_is_regional_with_stage_prod(template: Template) -> None:
    template.has_resource_properties(
        "AWS::ApiGateway::RestApi",
        {"Name": "Atomic Count API", "EndpointConfiguration": {"Types": ["REGIONAL"]}},
    )
    template.has_resource_properties("AWS::ApiGateway::Stage", {"StageName": "prod"})


def path(template: Template, resource: Any) -> str:
    """Return the path of the resource of a reference."""
    if "Ref" not in resource:
        return ""
    found = template.find_resources("AWS::ApiGateway::Resource")[resource["Ref"]]["Properties"]
    return f"{path(template, found['ParentId'])}/{found['PathPart']}"


def methods(template: Template) -> dict[str, dict[str, Any]]:
    """Return the properties of the methods by HTTP method and path."""
    found = [m["Properties"] for m in template.find_resources("AWS::ApiGateway::Method").values()]
    return {f"{m['HttpMethod']} {path(template, m['ResourceId'])}": m for m in found}


def test_api_has_exactly_these_methods(template: Template) -> None:
    assert methods(template).keys() == ACTIONS.keys()


@pytest.mark.parametrize(("method", "action"), ACTIONS.items())
def test_method_calls_its_action_with_the_role_and_passes_nothing_through(
    template: Template, method: str, action: str
) -> None:
    role, _ = only(template, "AWS::IAM::Role")
    integration = methods(template)[method]["Integration"]
    arn = ["arn:", {"Ref": "AWS::Partition"}, ":apigateway:", {"Ref": "AWS::Region"}]
    assert integration["Uri"]["Fn::Join"] == ["", [*arn, f":dynamodb:action/{action}"]]
    assert integration["Credentials"] == {"Fn::GetAtt": [role, "Arn"]}
    assert integration["PassthroughBehavior"] == "NEVER"
    assert (integration["Type"], integration["IntegrationHttpMethod"]) == ("AWS", "POST")


@pytest.mark.parametrize("method", ACTIONS)
def test_dynamodb_gets_its_own_content_type_whatever_the_client_sends(
    template: Template, method: str
) -> None:
    integration = methods(template)[method]["Integration"]
    header = "integration.request.header.Content-Type"
    assert integration["RequestParameters"] == {header: "'application/x-amz-json-1.0'"}


@pytest.mark.parametrize("method", ACTIONS)
def test_method_requires_only_system_key(template: Template, method: str) -> None:
    validator, properties = only(template, "AWS::ApiGateway::RequestValidator")
    assert properties["ValidateRequestParameters"] is True
    parameters = methods(template)[method]["RequestParameters"]
    required = [name for name, is_required in parameters.items() if is_required]
    assert required == ["method.request.querystring.systemKey"]
    assert methods(template)[method]["RequestValidatorId"] == {"Ref": validator}


@pytest.mark.parametrize("method", ACTIONS)
def test_request_names_the_stack_table(template: Template, method: str) -> None:
    table, _ = only(template, "AWS::DynamoDB::Table")
    request = methods(template)[method]["Integration"]["RequestTemplates"]["application/json"]
    first_line, name, _, _ = request["Fn::Join"][1]
    assert (first_line, name) == ('#set($tableName = "', {"Ref": table})


@pytest.mark.parametrize("method", ["GET /counter", "POST /counter"])
def test_counting_adds_and_returns_the_new_value(template: Template, method: str) -> None:
    request = methods(template)[method]["Integration"]["RequestTemplates"]["application/json"]
    name, *keys = request["Fn::Join"][1][-1]["Fn::FindInMap"]
    (text,) = (template.find_mappings(name)[name][keys[0]][keys[1]],)
    assert "#set($update = 'ADD counterValue :count')" in text
    assert '"UpdateExpression": "$update"' in text
    assert '"ReturnValues": "UPDATED_NEW"' in text


@pytest.mark.parametrize("method", ACTIONS)
def test_no_method_is_cached_even_if_the_stage_is(template: Template, method: str) -> None:
    http_method, _, resource_path = method.partition(" ")
    _, stage = only(template, "AWS::ApiGateway::Stage")
    own = {"HttpMethod": http_method, "ResourcePath": "/" + resource_path.replace("/", "~1")}
    (setting,) = (s for s in stage["MethodSettings"] if own.items() <= s.items())
    assert setting["CachingEnabled"] is False


def test_no_paid_metrics_are_enabled(template: Template) -> None:
    _, stage = only(template, "AWS::ApiGateway::Stage")
    assert not any(setting.get("MetricsEnabled") for setting in stage["MethodSettings"])


@pytest.mark.parametrize("method", ACTIONS)
def test_only_2xx_from_dynamodb_is_200_and_default_is_an_error(
    template: Template, method: str
) -> None:
    responses = methods(template)[method]["Integration"]["IntegrationResponses"]
    assert [(r.get("SelectionPattern"), r["StatusCode"]) for r in responses] == [
        (r"2\d{2}", "200"),
        (r"4\d{2}", "400"),
        (None, "500"),
    ]


def test_role_allows_only_get_and_update_of_items_in_this_table(
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


def test_only_api_gateway_can_assume_the_role(template: Template) -> None:
    _, role = only(template, "AWS::IAM::Role")
    assert role["AssumeRolePolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "apigateway.amazonaws.com"},
        }
    ]


def test_outputs_are_url_and_names_of_table_and_dashboard(template: Template) -> None:
    table, _ = only(template, "AWS::DynamoDB::Table")
    outputs = template.to_json()["Outputs"]
    dashboard, _ = only(template, "AWS::CloudWatch::Dashboard")
    assert outputs.keys() == {"apigwcounterurl", "tablename", "dashboardname"}
    assert outputs["tablename"]["Value"] == {"Ref": table}
    assert outputs["dashboardname"]["Value"] == {"Ref": dashboard}
    assert outputs["apigwcounterurl"]["Value"]["Fn::Join"][1][-1] == "/counter?systemKey=system-aa"


def test_stack_has_no_lambda_function_or_custom_resource(template: Template) -> None:
    types = {resource["Type"] for resource in template.to_json()["Resources"].values()}
    services = {resource_type.rpartition("::")[0] for resource_type in types}
    assert services == {"AWS::ApiGateway", "AWS::CloudWatch", "AWS::DynamoDB", "AWS::IAM"}


def test_only_the_api_has_a_fixed_name() -> None:
    everything = synthesize(
        AppOptions(authorization="api-key", access_logs=True, alarm_email="ops@example.com")
    )
    resources = everything.to_json()["Resources"].values()
    named = {
        resource["Type"]
        for resource in resources
        for name in resource.get("Properties", {})
        if name == "Name" or name in PHYSICAL_NAMES
    }
    # A REST API's name is not unique in its account.
    assert named == {"AWS::ApiGateway::RestApi"}


def test_every_gateway_response_has_no_store(template: Template) -> None:
    responses = template.find_resources("AWS::ApiGateway::GatewayResponse").values()
    for response in responses:
        parameters = response["Properties"]["ResponseParameters"]
        assert parameters["gatewayresponse.header.Cache-Control"] == "'no-store'"
    types = {response["Properties"]["ResponseType"] for response in responses}
    assert {"DEFAULT_4XX", "DEFAULT_5XX"} <= types


def test_default_template_matches_snapshot(template: Template, snapshot: SnapshotAssertion) -> None:
    assert template.to_json() == snapshot(extension_class=JSONSnapshotExtension)


def test_synthesis_is_reproducible(template: Template) -> None:
    assert synthesize(AppOptions()).to_json() == template.to_json()


def test_cfn_lint_finds_nothing(template: Template) -> None:
    assert lint(template) == []


def test_construct_can_be_used_twice_in_any_stack() -> None:
    class Billing(cdk.Stack):
        def __init__(self, scope: Construct) -> None:
            super().__init__(scope, "Billing")
            AtomicCounter(self, "Invoices")
            AtomicCounter(self, "Credits")

    billing = Template.from_stack(Billing(cdk.App(context=CDK_CONTEXT)))
    billing.resource_count_is("AWS::DynamoDB::Table", 2)
    assert "Outputs" not in billing.to_json()


@pytest.mark.parametrize("ephemeral", [False, True])
def test_stacks_have_termination_protection_unless_they_are_ephemeral(ephemeral: bool) -> None:
    stacks = add_stacks(cdk.App(), replace(THREE_REGIONS, ephemeral=ephemeral))
    assert [stack.termination_protection for stack in stacks] == [not ephemeral] * 3


def test_importing_package_and_options_does_not_import_the_cdk() -> None:
    modules = ", ".join(
        f"atomic_counter.{name}" for name in ("client", "options", "commands.serve")
    )
    check = f"import sys, {modules}; sys.exit('jsii' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
