"""A refusal has every reason, each in a sentence with its resource and property."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from atomic_counter.local.cloudformation.reader import load_template
from atomic_counter.tooling.errors import CommandError
from tests.unit.local.cloudformation.documents import (
    INTEGRATION,
    REQUEST,
    TABLE,
    Edit,
    document,
    properties,
    resource,
    table,
)

Refusal = Callable[[Any], list[str]]


@pytest.fixture
def reasons(tmp_path: Path) -> Refusal:
    """Load something that isn't supported, and return the lines of the error after the first."""

    def reasons(content: Any) -> list[str]:
        path = tmp_path / "Stack.template.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        with pytest.raises(CommandError) as error:
            load_template(path)
        first, *lines = error.value.message.splitlines()
        assert first.startswith(f"template {path}")
        return [line.strip() for line in lines] or [first.removeprefix(f"template {path}: ")]

    return reasons


def test_every_reason_is_told_at_once(reasons: Refusal) -> None:
    broken = document()
    broken["Resources"] |= {
        "T": resource("DynamoDB::Table", **TABLE, BillingMode="FREE", Color="blue"),
        "F": resource("Lambda::Function"),
    }
    properties("Stage")(broken)["CacheClusterEnabled"] = True
    properties("Method")(broken)["Integration"] = INTEGRATION | {
        "RequestTemplates": {"application/json": "{\n$util.x()\n$input.y\n}"},
        "IntegrationResponses": [{"StatusCode": "200", "ResponseTemplates": {"text/xml": ""}}],
    }
    broken["Outputs"]["gone"] = {"Value": {"Ref": "Gone"}}
    method = "Method (AWS::ApiGateway::Method), GET /a/b"
    assert reasons(broken) == [
        "Stage (AWS::ApiGateway::Stage): `CacheClusterEnabled` must be False, got true",
        "T (AWS::DynamoDB::Table): `BillingMode` must be `PAY_PER_REQUEST` or `PROVISIONED`,"
        ' got "FREE"',
        "T (AWS::DynamoDB::Table): `Color` isn't supported",
        "output gone: Ref Gone doesn't name a resource or parameter of the template",
    ]
    properties("Stage")(broken)["CacheClusterEnabled"] = False
    assert reasons(broken)[2:-1] == [
        f"{method}: request template for application/json, line 2: $util.x() isn't supported",
        f"{method}: request template for application/json, line 3: $input.y isn't supported",
        f"{method}: the integration response 200 must have one template, for application/json,"
        " got text/xml",
    ]


def method(**changes: Any) -> Edit:
    return lambda d: properties("Method")(d).update(changes)


def integration(**changes: Any) -> Edit:
    return method(Integration=INTEGRATION | changes)


def response(**changes: Any) -> Edit:
    return integration(IntegrationResponses=[{"StatusCode": "200", **changes}])


def request_header(name: str, value: str = "'a'") -> Edit:
    return integration(RequestParameters={f"integration.request.header.{name}": value})


def header(name: str, value: str = "'a'") -> Edit:
    return response(ResponseParameters={f"method.response.header.{name}": value})


def policy(**statement: Any) -> Edit:
    return lambda d: properties("Api")(d).update(Policy={"Statement": [statement]})


LAMBDA = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations"
REASONS: list[tuple[Edit, str]] = [
    (integration(Type="AWS_PROXY", Uri=LAMBDA), "must be of type AWS or MOCK, got AWS_PROXY"),
    (integration(Uri=LAMBDA), "`Integration.Uri` must be an action of DynamoDB, got path/2015"),
    (integration(IntegrationHttpMethod="GET"), "IntegrationHttpMethod` must be `POST`"),
    (integration(RequestTemplates={"application/json": "$"}), "line 1: a template can't end with"),
    (method(HttpMethod="FETCH"), "`HttpMethod` must be `ANY`, `DELETE`"),
    (
        request_header("content-type", "method.request.header.Content-Type"),
        "must be 'application/x-amz-json-1.0', got method.request.header.Content-Type",
    ),
    (method(ResourceId="gone"), "the resource gone doesn't exist"),
    (method(RequestValidatorId="gone"), "the validator gone doesn't exist"),
    (method(RequestParameters={"method.request.body.a": True}), "method.request.body.a"),
    (method(AuthorizerId="a"), "`AuthorizerId` isn't supported"),
    (method(MethodResponses=[]), "the integration response 200 has no method response"),
    *(
        (request_header(name), f"the header {name} can't be mapped: API Gateway refuses it")
        for name in (
            *("Authorization", "Connection", "content-length", "Expect", "Proxy-Authenticate"),
            *("TE", "Transfer-Encoding", "X-Amzn-Apigateway-Api-Id", "x-amzn-trace-id"),
        )
    ),
    (header("A"), "the method response 200 has no header A"),
    (header("Date"), "the header Date isn't supported: API Gateway renames or sets it"),
    (header("transfer-encoding"), "the header transfer-encoding isn't supported"),
    (header("A", "integration.response.header.A"), "headers with a static value"),
    (header("A", "'b\r\nc'"), "headers with a static value"),
    (
        response(
            ResponseParameters={
                "method.response.header.A": "'b'",
                "method.response.header.a": "'c'",
            }
        ),
        "the header a is there twice",
    ),
    (response(ResponseTemplates={"application/json": ""}), "has an empty template"),
    (
        response(ResponseTemplates={"text/html": "a"}),
        "must have one template, for application/json",
    ),
    (response(SelectionPattern="("), "`Integration.IntegrationResponses.0.SelectionPattern` must"),
    (
        response(
            ResponseTemplates={
                "application/json": "#set($context.responseOverride.header.Server = 'a')"
            }
        ),
        "the header Server isn't supported",
    ),
    (
        lambda d: properties("A")(d).update(ParentId={"Ref": "A"}),
        "`ParentId` is the resource itself",
    ),
    (lambda d: properties("A")(d).update(ParentId={"Ref": "B"}), "or one below it"),
    (
        lambda d: properties("B")(d).update(PathPart="{proxy+}"),
        "`PathPart` {proxy+} isn't supported",
    ),
    (
        lambda d: d["Resources"].update(T=table(TimeToLiveSpecification={"Enabled": True})),
        "`TimeToLiveSpecification` isn't supported: the engine doesn't delete items",
    ),
    (policy(Effect="Deny"), "`Policy.Statement.0.Effect` must be `Allow`"),
    (
        policy(Effect="Deny", Condition={"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}),
        "`Policy.Statement.0.Effect` must be `Allow`",
    ),
    (
        lambda d: properties("Method")(d).update(AuthorizationType="COGNITO_USER_POOLS"),
        "`AuthorizationType` must be `NONE` or `AWS_IAM`, got",
    ),
    (
        policy(Effect="Allow", Condition={}),
        "`Policy.Statement.0.Condition` isn't supported",
    ),
    (lambda d: properties("Api")(d).update(Name=[1]), "`Name` must be a text, got [1]"),
    (lambda d: properties("Api")(d).update(Name={"Fn::ImportValue": "a"}), "Fn::ImportValue"),
    (lambda d: properties("Api")(d).update(Name={"Fn::Join": "a"}), "Fn::Join has an unexpected"),
    (
        lambda d: properties("Api")(d).update(Name={"Fn::If": ["C", 1, 2]}),
        "condition C doesn't exist",
    ),
    (
        lambda d: (
            d.update(Conditions={"C": {"Condition": "C"}})
            or d["Outputs"]["url"].update(Condition="C")
        ),
        "refers to itself",
    ),
    (
        lambda d: (
            d.update(Parameters={"P": {"Type": "String"}})
            or properties("Api")(d).update(Name={"Ref": "P"})
        ),
        "the parameter P has no default value",
    ),
    (lambda d: d["Resources"].update(Api2=d["Resources"]["Api"]), "exactly one RestApi, got 2"),
    (
        lambda d: d["Resources"].update(
            G=resource("ApiGateway::GatewayResponse", RestApiId="a", ResponseType="TEAPOT")
        ),
        "`ResponseType` must be a text that matches",
    ),
]


@pytest.mark.parametrize(("edit", "reason"), REASONS)
def test_reason_is_a_sentence(reasons: Refusal, edit: Edit, reason: str) -> None:
    broken = document()
    edit(broken)
    assert any(reason in line for line in reasons(broken))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("Resources:\n  A:\n    Type: B\n", "YAML isn't supported; get the deployed template as"),
        ("AWSTemplateFormatVersion: '2010-09-09'\n", "YAML isn't supported"),
        ({"Resources": {}, "Transform": "AWS::Serverless-2016-10-31"}, "such as that of SAM"),
        ({"Resources": {}, "Outputs": None}, "Outputs must be a map"),
        ({"Resources": {}, "Parameters": []}, "Parameters must be a map"),
        ({"Resources": {"A": None}}, "A in Resources must be a map"),
        ({"Resources": {"A": {"Type": 1}}}, "A has no Type"),
        ({"Resources": {"A": {"Type": "B", "Properties": "c"}}}, "Properties of A must be a map"),
        ({"Resources": {}, "Outputs": {"a": {}}}, "the output a has no Value"),
        ({"Resources": {}, "Outputs": {"a": "b"}}, "a in Outputs must be a map"),
        ({"Resources": {}}, "a template must have exactly one RestApi, got 0"),
        ("\udcff".encode("utf-8", "surrogateescape").decode("latin-1"), "not a JSON document"),
    ],
)
def test_file_that_is_something_else_is_told_apart(
    reasons: Refusal, content: Any, reason: str
) -> None:
    assert reason in reasons(content)[0]


def test_request_template_is_named_by_its_content_type(reasons: Refusal) -> None:
    broken = document()
    templates = {**REQUEST, "text/plain": "$util.x()"}
    properties("Method")(broken)["Integration"] = INTEGRATION | {"RequestTemplates": templates}
    assert reasons(broken) == [
        "Method (AWS::ApiGateway::Method), GET /a/b: request template for text/plain, line 1:"
        " $util.x() isn't supported"
    ]
