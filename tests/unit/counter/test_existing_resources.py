"""A counter uses existing resources instead of its own: topics, tables, keys, logs, endpoints."""

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Template

from atomic_counter.counter import AtomicCounter
from atomic_counter.counter.encryption import USE_OF_TABLE
from atomic_counter.options import AppOptions, OptionError
from tests.conftest import CDK_CONTEXT
from tests.linting import lint
from tests.synthesis import in_region, only, synthesize

KEY_ARN = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab"
ENDPOINTS = ["vpce-1", "vpce-2"]
FORBIDDEN = {"application/json": '{"message": "Forbidden"}'}
METHOD = "AWS::ApiGateway::Method"
METHODS = ["GET/counter", "GET/counter/current", "POST/counter"]
PREFLIGHTS = ["OPTIONS/counter", "OPTIONS/counter/current"]
ROLE = "arn:aws:iam::444455556666:role/Billing"
TOPIC_ARN = "arn:aws:sns:us-east-1:111122223333:Alarms"


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(context=CDK_CONTEXT), "Stack")


def test_alarms_go_to_the_given_topic_alone(stack: cdk.Stack) -> None:
    topic = sns.Topic(stack, "Topic")
    AtomicCounter(stack, "Counter", alarm_topic=topic)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::SNS::Topic", 1)
    actions = {"AlarmActions": [stack.resolve(topic.topic_arn)]}
    template.all_resources_properties("AWS::CloudWatch::Alarm", actions)


def test_alarms_go_to_the_topic_of_the_app() -> None:
    template = synthesize(AppOptions(alarm_topic_arn=TOPIC_ARN))
    actions = {"AlarmActions": [TOPIC_ARN], "OKActions": [TOPIC_ARN]}
    template.all_resources_properties("AWS::CloudWatch::Alarm", actions)
    assert lint(template) == []


def test_app_counts_in_an_existing_table_and_changes_nothing_of_it() -> None:
    template = synthesize(AppOptions(table_name="mine"))
    template.resource_count_is("AWS::DynamoDB::Table", 0)
    template.has_output("tablename", {"Value": "mine"})
    _, role = only(template, "AWS::IAM::Role")
    (statement,) = role["Policies"][0]["PolicyDocument"]["Statement"]
    assert statement["Resource"]["Fn::Join"][1][-1] == ":table/mine"
    assert lint(template) == []


def test_key_encrypts_the_table_the_logs_and_the_topic(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    options: dict[str, Any] = {"access_logs": True, "alarm_email": "ops@example.com"}
    AtomicCounter(stack, "Counter", encryption_key=key, **options)
    template, arn = Template.from_stack(stack), stack.resolve(key.key_arn)
    encryption = {"KMSMasterKeyId": arn, "SSEEnabled": True, "SSEType": "KMS"}
    template.has_resource_properties("AWS::DynamoDB::Table", {"SSESpecification": encryption})
    template.has_resource_properties("AWS::Logs::LogGroup", {"KmsKeyId": arn})
    template.has_resource_properties("AWS::SNS::Topic", {"KmsMasterKeyId": arn})
    assert lint(template) == []


def test_policy_of_a_key_lets_only_own_alarms_and_log_groups_use_it(stack: cdk.Stack) -> None:
    options: dict[str, Any] = {"access_logs": True, "alarm_email": "ops@example.com"}
    AtomicCounter(stack, "Counter", encryption_key=kms.Key(stack, "Key"), **options)
    _, key = only(Template.from_stack(stack), "AWS::KMS::Key")
    _, *services = key["KeyPolicy"]["Statement"]
    region = ["logs.", {"Ref": "AWS::Region"}, ".amazonaws.com"]
    found = {json.dumps(s["Principal"]["Service"]): json.dumps(s["Condition"]) for s in services}
    assert len(found) == 2
    assert "aws:SourceAccount" in found['"cloudwatch.amazonaws.com"']
    logs = json.dumps({"Fn::Join": ["", region]})
    assert "kms:EncryptionContext:aws:logs:arn" in found[logs]


@pytest.mark.parametrize("table", [{}, {"table_name": "mine"}])
def test_app_lets_the_role_use_its_key(table: dict[str, Any]) -> None:
    template = synthesize(AppOptions(encryption_key_arn=KEY_ARN, **table))
    _, policy = only(template, "AWS::IAM::Policy")
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert set(statement["Action"]) == set(USE_OF_TABLE)
    assert statement["Resource"] == KEY_ARN
    assert lint(template) == []


def test_key_for_several_regions_is_refused() -> None:
    stack = in_region("us-east-1")
    options: dict[str, Any] = {"replicas": ["us-east-2"], "witness": "us-west-2"}
    with pytest.raises(OptionError, match="encryption_key can't be combined with replicas: "):
        AtomicCounter(stack, "Counter", encryption_key=kms.Key(stack, "Key"), **options)


def test_access_logs_go_to_the_given_log_group(stack: cdk.Stack) -> None:
    group = logs.LogGroup(stack, "Logs")
    AtomicCounter(stack, "Counter", access_logs=group)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::Logs::LogGroup", 1)
    _, stage = only(template, "AWS::ApiGateway::Stage")
    name = stack.resolve(group.log_group_name)
    assert json.dumps(name) in json.dumps(stage["AccessLogSetting"]["DestinationArn"])
    assert lint(template) == []


def statements(template: Template) -> list[dict[str, Any]]:
    """Return the statements of the resource policy of the API."""
    _, api = only(template, "AWS::ApiGateway::RestApi")
    found: list[dict[str, Any]] = api["Policy"]["Statement"]
    return found


def test_private_api_is_reached_by_its_endpoints_alone() -> None:
    template = synthesize(AppOptions(vpc_endpoints=ENDPOINTS))
    _, api = only(template, "AWS::ApiGateway::RestApi")
    assert api["EndpointConfiguration"] == {"Types": ["PRIVATE"], "VpcEndpointIds": ENDPOINTS}
    every = {"Action": "execute-api:Invoke", "Principal": {"AWS": "*"}}
    every["Resource"] = "execute-api:/*"
    other = {"StringNotEquals": {"aws:SourceVpce": ENDPOINTS}}
    assert statements(template) == [
        {"Effect": "Deny", **every, "Condition": other},
        {"Effect": "Allow", **every},
    ]
    assert lint(template) == []


@pytest.mark.parametrize(
    ("options", "allowed"),
    [
        ({}, []),
        ({"allow_origin": "*"}, [PREFLIGHTS]),
        ({"callers": [ROLE]}, [METHODS]),
        ({"callers": [ROLE], "allow_origin": "*"}, [PREFLIGHTS, METHODS]),
    ],
)
def test_private_api_with_iam_allows_no_one_without_permission(
    options: dict[str, Any], allowed: list[list[str]]
) -> None:
    options = {"vpc_endpoints": ENDPOINTS, "authorization": "iam", **options}
    deny, *rest = statements(synthesize(AppOptions(**options)))
    assert (deny["Effect"], deny["Resource"]) == ("Deny", "execute-api:/*")
    assert [each["Resource"] for each in rest] == [
        [f"execute-api:/prod/{method}" for method in methods] for methods in allowed
    ]


def test_change_of_endpoints_is_deployed() -> None:
    stages = [
        only(synthesize(AppOptions(vpc_endpoints=endpoints)), "AWS::ApiGateway::Stage")[1]
        for endpoints in ((), ENDPOINTS[:1], ENDPOINTS)
    ]
    assert len({stage["DeploymentId"]["Ref"] for stage in stages}) == 3


def test_refusal_of_a_private_api_names_no_resource() -> None:
    template = synthesize(AppOptions(vpc_endpoints=ENDPOINTS))
    denied = {"ResponseType": "ACCESS_DENIED", "ResponseTemplates": FORBIDDEN}
    template.has_resource_properties("AWS::ApiGateway::GatewayResponse", denied)


def test_authorizer_decides_on_every_method_and_no_preflight(stack: cdk.Stack) -> None:
    authorizer = apigateway.CognitoUserPoolsAuthorizer(
        stack, "Authorizer", cognito_user_pools=[cognito.UserPool(stack, "Users")]
    )
    AtomicCounter(stack, "Counter", authorization=authorizer, allow_origin="*")
    template = Template.from_stack(stack)
    methods = [m["Properties"] for m in template.find_resources(METHOD).values()]
    assert {(m["HttpMethod"] == "OPTIONS", m["AuthorizationType"]) for m in methods} == {
        (True, "NONE"),
        (False, "COGNITO_USER_POOLS"),
    }
    denied = {"ResponseType": "ACCESS_DENIED", "ResponseTemplates": FORBIDDEN}
    template.has_resource_properties("AWS::ApiGateway::GatewayResponse", denied)
    assert lint(template) == []


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        ({"alarm_topic": TOPIC_ARN}, "alarm_topic must be an ITopic, such as .*, got 'arn:aws"),
        (
            {"vpc_endpoints": ENDPOINTS},
            "vpc_endpoints must be a list of different IVpcEndpoints, such as",
        ),
        ({"access_logs": "Logs"}, "access_logs must be true or false, or in Python an ILogGroup"),
        ({"encryption_key": KEY_ARN}, "encryption_key must be an IKey, such as .*, got 'arn:aws"),
    ],
)
def test_text_instead_of_a_construct_is_refused(arguments: dict[str, Any], output: str) -> None:
    with pytest.raises(OptionError, match=output):
        AtomicCounter(cdk.Stack(), "Counter", **arguments)


@pytest.mark.parametrize(
    ("options", "output"),
    [
        ({"alarm_email": "ops@example.com"}, "alarm_topic can't be combined with alarm_email: "),
        ({"monitoring": False}, "alarm_topic needs monitoring"),
    ],
)
def test_topic_without_alarms_of_its_own_is_refused(options: dict[str, Any], output: str) -> None:
    with pytest.raises(OptionError, match=output):
        synthesize(AppOptions(alarm_topic_arn=TOPIC_ARN, **options))
