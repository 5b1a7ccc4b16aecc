"""Each option changes only its own resources."""

import json
import re
from itertools import combinations, product
from typing import Any, get_args

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template

from atomic_counter.counter import AtomicCounter
from atomic_counter.counter.encryption import USE_OF_TABLE
from atomic_counter.option_rules import SECURITY_POLICIES
from atomic_counter.options import AppOptions, Authorization, Keys, OptionError
from tests.conftest import CDK_CONTEXT
from tests.linting import lint
from tests.synthesis import only, synthesize

METHOD, STAGE, TABLE = "ApiGateway::Method", "ApiGateway::Stage", "DynamoDB::Table"
KEYED = {"ApiGateway::ApiKey", "ApiGateway::UsagePlan", "ApiGateway::UsagePlanKey"}
LISTS = {
    f"ApiGateway::{name}" for name in ("GatewayResponse", "Model", "RequestValidator", "Resource")
}
ALARM, DASHBOARD = "CloudWatch::Alarm", "CloudWatch::Dashboard"
KEY_ARN = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab"
TOPIC_ARN = "arn:aws:sns:us-east-1:111122223333:Alarms"
ABOUT = [
    (AppOptions(keys="registered"), set()),
    (AppOptions(documents=True), {METHOD, STAGE, DASHBOARD, *LISTS}),
    (AppOptions(authorization="api-key"), {METHOD, *KEYED}),
    (AppOptions(authorization="iam"), {METHOD, "ApiGateway::GatewayResponse"}),
    (
        AppOptions(authorization="iam", callers=["111122223333"]),
        {METHOD, "ApiGateway::GatewayResponse", "ApiGateway::RestApi"},
    ),
    (AppOptions(throttle_rate=5), {STAGE, ALARM, DASHBOARD}),
    (AppOptions(throttle_burst=6), {STAGE}),
    (AppOptions(ephemeral=True), {TABLE}),
    (AppOptions(tracing=True), {STAGE}),
    (AppOptions(access_logs=True), {STAGE, "Logs::LogGroup"}),
    (AppOptions(monitoring=False), {ALARM, DASHBOARD}),
    (AppOptions(allow_origin="*"), {METHOD, "ApiGateway::GatewayResponse"}),
    (
        AppOptions(security_policy="SecurityPolicy_TLS13_1_3_2025_09"),
        {"ApiGateway::RestApi"},
    ),
    (AppOptions(stack_name="Trial"), {"ApiGateway::RestApi", ALARM, DASHBOARD}),
    (
        AppOptions(alarm_email="ops@example.com"),
        {ALARM, "SNS::Topic", "SNS::TopicPolicy", "SNS::Subscription"},
    ),
    (AppOptions(alarm_topic_arn=TOPIC_ARN), {ALARM}),
    (
        AppOptions(vpc_endpoints=["vpce-1"]),
        {"ApiGateway::RestApi", "ApiGateway::GatewayResponse"},
    ),
    (AppOptions(encryption_key_arn=KEY_ARN), {TABLE, "IAM::Policy"}),
    (
        AppOptions(table_name="mine"),
        {TABLE, METHOD, "IAM::Role", ALARM, DASHBOARD},
    ),
]
OBSERVED: dict[str, Any] = {
    "alarm_email": "ops@example.com",
    "access_logs": True,
    "tracing": True,
    "allow_origin": "https://app.example.com",
    "security_policy": "SecurityPolicy_TLS13_1_2_2021_06",
    "stack_name": "Trial",
}
UNOBSERVED: dict[str, Any] = {"monitoring": False}
COMBINATIONS = [
    {
        "authorization": authorization,
        "keys": keys,
        "ephemeral": ephemeral,
        "documents": documents,
        "observed": observed,
    }
    for (authorization, keys), ephemeral, documents, observed in zip(
        [
            *product(get_args(Authorization), get_args(Keys)),
            ("none", "open"),
            ("iam", "registered"),
        ],
        (False, True, True, False, False, True, True, False),
        (False, True, True, False, False, True, False, True),
        (False, True, False, True, True, False, True, False),
        strict=True,
    )
]


DOCUMENTS = AppOptions(documents=True, allow_origin="https://app.example.com")


@pytest.fixture(scope="module")
def default() -> dict[str, Any]:
    return resources(synthesize(AppOptions()))


def resources(template: Template) -> dict[str, Any]:
    """Return the resources by logical id, except the deployment, whose name is a hash."""
    text = json.dumps(template.to_json())
    found = template.to_json()["Resources"]
    for logical_id, resource in found.items():
        if resource["Type"] == "AWS::ApiGateway::Deployment":
            text = text.replace(logical_id, "Deployment")
    without: dict[str, Any] = json.loads(text)["Resources"]
    del without["Deployment"]
    return without


@pytest.mark.parametrize(("options", "about"), ABOUT)
def test_option_changes_only_its_own_resources(
    default: dict[str, Any], options: AppOptions, about: set[str]
) -> None:
    changed = resources(synthesize(options))
    different = [
        (default.get(logical_id) or changed[logical_id])["Type"]
        for logical_id in default.keys() | changed.keys()
        if default.get(logical_id) != changed.get(logical_id)
    ]
    assert set(different) == {f"AWS::{resource_type}" for resource_type in about}


@pytest.mark.parametrize("combination", COMBINATIONS)
def test_cfn_lint_finds_nothing_for_any_pair_of_values(combination: dict[str, Any]) -> None:
    of_options = {name: value for name, value in combination.items() if name != "observed"}
    observed = OBSERVED if combination["observed"] else UNOBSERVED
    assert lint(synthesize(AppOptions(**of_options, **observed))) == []


def test_every_pair_of_values_is_linted() -> None:
    values = {name: {each[name] for each in COMBINATIONS} for name in COMBINATIONS[0]}
    for one, other in combinations(values, 2):
        pairs = {(each[one], each[other]) for each in COMBINATIONS}
        assert pairs == set(product(values[one], values[other]))


def test_throttle_applies_to_the_stage_and_to_each_method() -> None:
    _, stage = only(
        synthesize(AppOptions(throttle_rate=5, throttle_burst=6)), "AWS::ApiGateway::Stage"
    )
    for setting in stage["MethodSettings"]:
        assert (setting["ThrottlingRateLimit"], setting["ThrottlingBurstLimit"]) == (5, 6)
    assert len(stage["MethodSettings"]) == 4


def test_ephemeral_table_is_deleted_with_the_stack() -> None:
    template = synthesize(AppOptions(ephemeral=True))
    template.has_resource("AWS::DynamoDB::Table", {"DeletionPolicy": "Delete"})
    _, table = only(template, "AWS::DynamoDB::Table")
    assert table["DeletionProtectionEnabled"] is False
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": False}


@pytest.mark.parametrize(("ephemeral", "policy"), [(False, "Retain"), (True, "Delete")])
def test_access_log_is_kept_for_a_month_and_retained_with_a_durable_table(
    ephemeral: bool, policy: str
) -> None:
    template = synthesize(AppOptions(access_logs=True, ephemeral=ephemeral))
    template.has_resource(
        "AWS::Logs::LogGroup", {"Properties": {"RetentionInDays": 30}, "DeletionPolicy": policy}
    )


def test_access_log_line_is_json_without_the_key() -> None:
    template = synthesize(AppOptions(access_logs=True))
    _, stage = only(template, "AWS::ApiGateway::Stage")
    line = json.loads(stage["AccessLogSetting"]["Format"])
    assert {"requestId", "status", "responseLatency", "integrationLatency"} <= line.keys()
    assert {"tlsVersion", "cipherSuite"} <= line.keys()
    assert all(re.fullmatch(r"\$context\.[\w.]+", value) for value in line.values())


def test_cloudwatch_role_of_the_account_is_unchanged() -> None:
    template = synthesize(AppOptions(access_logs=True))
    template.resource_count_is("AWS::ApiGateway::Account", 0)


def test_tracing_enables_x_ray() -> None:
    _, stage = only(synthesize(AppOptions(tracing=True)), "AWS::ApiGateway::Stage")
    assert stage["TracingEnabled"] is True


def test_with_api_key_each_method_requires_the_key_of_the_plan() -> None:
    template = synthesize(AppOptions(authorization="api-key"))
    template.all_resources_properties("AWS::ApiGateway::Method", {"ApiKeyRequired": True})
    key, _ = only(template, "AWS::ApiGateway::ApiKey")
    _, member = only(template, "AWS::ApiGateway::UsagePlanKey")
    assert member["KeyId"] == {"Ref": key}
    assert template.to_json()["Outputs"]["apikeyid"]["Value"] == {"Ref": key}


def test_usage_plan_accepts_other_keys() -> None:
    stack = cdk.Stack(cdk.App(context=CDK_CONTEXT), "Stack")
    counter = AtomicCounter(stack, "Counter", authorization="api-key")
    assert counter.usage_plan
    counter.usage_plan.add_api_key(counter.api.add_api_key("Partner"))
    members = Template.from_stack(stack).find_resources("AWS::ApiGateway::UsagePlanKey").values()
    assert len({json.dumps(member["Properties"]["KeyId"]) for member in members}) == 2
    assert AtomicCounter(stack, "Open").usage_plan is None


def test_metrics_are_those_of_the_stage() -> None:
    counter = AtomicCounter(cdk.Stack(cdk.App(), "Billing"), "Invoices")
    metrics = {
        "Count": counter.metric_count(),
        "Latency": counter.metric_latency(statistic="p99"),
        "4XXError": counter.metric_client_error(),
        "5XXError": counter.metric_server_error(),
    }
    stage = counter.api.deployment_stage.stage_name
    for name, metric in metrics.items():
        assert (metric.namespace, metric.metric_name) == ("AWS/ApiGateway", name)
        assert metric.dimensions == {"ApiName": "Billing/Invoices", "Stage": stage}


def test_with_iam_each_method_requires_a_signature() -> None:
    template = synthesize(AppOptions(authorization="iam"))
    template.all_resources_properties("AWS::ApiGateway::Method", {"AuthorizationType": "AWS_IAM"})


@pytest.mark.parametrize(
    ("authorization", "method"),
    [
        ("none", {"AuthorizationType": "NONE"}),
        ("api-key", {"AuthorizationType": "NONE", "ApiKeyRequired": True}),
        ("iam", {"AuthorizationType": "AWS_IAM"}),
    ],
)
def test_method_that_is_added_has_the_authorization_of_the_counter(
    authorization: Authorization, method: dict[str, Any]
) -> None:
    stack = cdk.Stack()
    counter = AtomicCounter(stack, "Counter", authorization=authorization)
    counter.api.root.add_resource("health").add_method("GET")
    Template.from_stack(stack).all_resources_properties("AWS::ApiGateway::Method", method)


def test_second_copy_has_its_own_api_name_and_metrics() -> None:
    template = synthesize(AppOptions(stack_name="Trial"))
    template.has_resource_properties("AWS::ApiGateway::RestApi", {"Name": "Atomic Count API Trial"})
    text = json.dumps(template.to_json())
    assert '"Value": "Atomic Count API Trial"' in text
    assert '"Atomic Count API"' not in text


def test_counters_of_different_places_share_no_metrics_by_default() -> None:
    app = cdk.App()
    stack, other = cdk.Stack(app, "Billing"), cdk.Stack(app, "Support")
    nested = cdk.NestedStack(stack, "Nested")
    apis = [AtomicCounter(scope, "Invoices").api for scope in (stack, nested, other)]
    assert [api.rest_api_name for api in apis] == [
        *("Billing/Invoices", "Billing/Nested/Invoices", "Support/Invoices"),
    ]
    template = Template.from_stack(stack)
    template.has_resource_properties("AWS::ApiGateway::RestApi", {"Name": "Billing/Invoices"})
    metrics = json.dumps(template.find_resources("AWS::CloudWatch::Alarm"))
    assert metrics.count('"Name": "ApiName", "Value": "Billing/Invoices"') > 0


@pytest.mark.parametrize("authorization", get_args(Authorization))
def test_preflight_requires_neither_key_nor_signature(authorization: Authorization) -> None:
    template = synthesize(AppOptions(allow_origin="*", authorization=authorization))
    preflights = template.find_resources(
        "AWS::ApiGateway::Method", {"Properties": {"HttpMethod": "OPTIONS"}}
    )
    assert len(preflights) == 2
    for method in preflights.values():
        properties = method["Properties"]
        assert (properties["AuthorizationType"], properties["ApiKeyRequired"]) == ("NONE", False)
        assert properties["Integration"]["Type"] == "MOCK"


def test_allow_origin_is_in_every_response_of_the_template() -> None:
    template = synthesize(AppOptions(allow_origin="https://app.example.com"))
    headers = []
    for method in template.find_resources("AWS::ApiGateway::Method").values():
        integration = method["Properties"]["Integration"]
        headers += [r["ResponseParameters"] for r in integration["IntegrationResponses"]]
        for response in method["Properties"]["MethodResponses"]:
            assert (
                "method.response.header.Access-Control-Allow-Origin"
                in (response["ResponseParameters"])
            )
    for response in template.find_resources("AWS::ApiGateway::GatewayResponse").values():
        headers.append(response["Properties"]["ResponseParameters"])
    assert len(headers) == 3 * 3 + 2 + 4
    for of_response in headers:
        named = {name.rpartition(".")[2]: value for name, value in of_response.items()}
        assert named["Access-Control-Allow-Origin"] == "'https://app.example.com'"


def test_documents_are_assigned_by_a_transaction_and_read_by_get_item() -> None:
    found: dict[str, set[str]] = {}
    for method in synthesize(DOCUMENTS).find_resources("AWS::ApiGateway::Method").values():
        integration = method["Properties"]["Integration"]
        if integration["Type"] == "AWS":
            action = integration["Uri"]["Fn::Join"][1][-1].rpartition("/")[2]
            required = method["Properties"]["RequestParameters"]
            assert set(required.values()) == {True}
            found[action] = found.get(action, set()) | {n.rpartition(".")[2] for n in required}
    assert found == {
        "TransactWriteItems": {"systemKey", "documentKey", "after"},
        "GetItem": {"systemKey", "documentKey"},
    }


def test_documents_need_no_other_permissions(default: dict[str, Any]) -> None:
    roles = [r for r in default.values() if r["Type"] == "AWS::IAM::Role"]
    _, role = only(synthesize(DOCUMENTS), "AWS::IAM::Role")
    assert [role] == [each["Properties"] for each in roles]


def test_pages_can_read_the_last_number_of_documents() -> None:
    text = json.dumps(synthesize(DOCUMENTS).to_json())
    exposed = text.count('Access-Control-Expose-Headers": "\'Retry-After,Last-Number\'"')
    assert exposed == text.count('Access-Control-Expose-Headers": "') == 4 * 3 + 3 + 5


@pytest.mark.parametrize("policy", SECURITY_POLICIES)
def test_security_policy_comes_with_the_access_mode_that_it_requires(policy: str) -> None:
    _, api = only(synthesize(AppOptions(security_policy=policy)), "AWS::ApiGateway::RestApi")
    assert (api["SecurityPolicy"], api["EndpointAccessMode"]) == (policy, "STRICT")


def test_denial_of_iam_names_no_resource() -> None:
    template = synthesize(AppOptions(authorization="iam"))
    (denied,) = (
        response["Properties"]
        for response in template.find_resources("AWS::ApiGateway::GatewayResponse").values()
        if response["Properties"]["ResponseType"] == "ACCESS_DENIED"
    )
    assert denied["ResponseTemplates"] == {"application/json": '{"message": "Forbidden"}'}
    assert "StatusCode" not in denied


def test_name_that_cloudwatch_would_change_is_refused() -> None:
    with pytest.raises(OptionError, match="api_name must have only ASCII characters"):
        AtomicCounter(cdk.Stack(), "Counter", api_name="Zähler")


def test_grant_invoke_allows_only_these_methods() -> None:
    stack = cdk.Stack(cdk.App(context=CDK_CONTEXT), "Stack")
    counter = AtomicCounter(stack, "Counter", authorization="iam")
    counter.grant_invoke(iam.User(stack, "Billing"))
    _, policy = only(Template.from_stack(stack), "AWS::IAM::Policy")
    (statement,) = policy["PolicyDocument"]["Statement"]
    endings = [resource["Fn::Join"][1][-1] for resource in statement["Resource"]]
    assert statement["Action"] == "execute-api:Invoke"
    assert sorted(endings) == ["/GET/counter", "/GET/counter/current", "/POST/counter"]


@pytest.mark.parametrize(
    ("documents", "endings"),
    [(False, ["/GET/counter/current"]), (True, ["/GET/counter", "/GET/counter/current"])],
)
def test_grant_read_allows_only_what_counts_nothing(documents: bool, endings: list[str]) -> None:
    stack = cdk.Stack(cdk.App(context=CDK_CONTEXT), "Stack")
    counter = AtomicCounter(stack, "Counter", authorization="iam", documents=documents)
    grant = counter.grant_read(iam.User(stack, "Billing"))
    (statement,) = grant.principal_statements
    arns = stack.resolve(statement.resources)
    assert sorted(arn["Fn::Join"][1][-1] for arn in arns) == endings


@pytest.mark.parametrize("authorization", ["none", "api-key"])
def test_grant_invoke_that_protects_nothing_is_refused(authorization: Authorization) -> None:
    stack = cdk.Stack()
    counter = AtomicCounter(stack, "Counter", authorization=authorization)
    with pytest.raises(OptionError, match=f"needs authorization='iam', .*; got '{authorization}'"):
        counter.grant_invoke(iam.User(stack, "Billing"))


def test_given_table_is_used_instead_of_a_new_one() -> None:
    stack = cdk.Stack(cdk.App(context=CDK_CONTEXT), "Stack")
    table = dynamodb.Table.from_table_name(stack, "Table", "mine")
    counter = AtomicCounter(stack, "Counter", table=table)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::DynamoDB::Table", 0)
    assert counter.table is table
    assert ":table/mine" in json.dumps(only(template, "AWS::IAM::Role")[1]["Policies"])


def test_encrypted_table_allows_the_role_to_use_its_key() -> None:
    stack = cdk.Stack(cdk.App(context=CDK_CONTEXT), "Stack")
    system_key = dynamodb.Attribute(name="systemKey", type=dynamodb.AttributeType.STRING)
    key = kms.Key(stack, "Key")
    table = dynamodb.Table(stack, "Table", partition_key=system_key, encryption_key=key)
    AtomicCounter(stack, "Counter", table=table)
    _, policy = only(Template.from_stack(stack), "AWS::IAM::Policy")
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert set(statement["Action"]) == set(USE_OF_TABLE)
