"""A template file is read completely, or refused with the name of what isn't supported."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from atomic_counter.local.cloudformation.intrinsics import Resolver
from atomic_counter.local.cloudformation.reader import load_template
from atomic_counter.local.throttling import Throttle
from atomic_counter.tooling.errors import CommandError
from tests.unit.local.cloudformation.documents import (
    INTEGRATION,
    REQUEST,
    Edit,
    document,
    properties,
    resource,
)


def global_table(**properties: Any) -> dict[str, Any]:
    return resource(
        "DynamoDB::GlobalTable",
        TableName="shared",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        Replicas=[{"Region": "us-east-1"}, {"Region": "us-east-2"}],
        **properties,
    )


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Any], Path]:
    def write(content: Any) -> Path:
        path = tmp_path / "Stack.template.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


def test_route_has_the_path_of_its_stage_and_resources(write: Callable[[Any], Path]) -> None:
    routes = load_template(write(document())).api.routes
    assert list(routes) == [("/s/a/b", "GET")]
    assert routes["/s/a/b", "GET"].action == "GetItem"


def test_output_with_the_api_url_has_the_local_url(
    write: Callable[[Any], Path],
) -> None:
    stack = load_template(write(document()))
    assert stack.outputs_at("http://127.0.0.1:1") == {"url": "http://127.0.0.1:1/s"}


def test_api_key_is_accepted_if_a_usage_plan_has_it_for_the_stage(
    write: Callable[[Any], Path],
) -> None:
    keyed = document()
    plan = {"ApiStages": [{"ApiId": {"Ref": "Api"}, "Stage": {"Ref": "Stage"}}]}
    keyed["Resources"] |= {
        "Plan": resource("ApiGateway::UsagePlan", **plan),
        **{
            name: resource("ApiGateway::ApiKey", Value=name, Enabled=name != "off")
            for name in ("in", "off", "out")
        },
        **{
            f"Plan{name}": resource(
                "ApiGateway::UsagePlanKey",
                KeyId={"Ref": name},
                KeyType="API_KEY",
                UsagePlanId={"Ref": "Plan"},
            )
            for name in ("in", "off")
        },
    }
    assert load_template(write(keyed)).api.api_keys == {"in"}


@pytest.mark.parametrize(
    ("path", "http_method", "throttle"),
    [("/*", "*", Throttle(5, 6)), ("/~1a~1b", "GET", Throttle(5, 6)), ("/~1a", "GET", None)],
)
def test_route_has_the_throttle_of_its_method_or_stage(
    write: Callable[[Any], Path], path: str, http_method: str, throttle: Throttle | None
) -> None:
    throttled = document()
    properties("Stage")(throttled)["MethodSettings"] = [
        {
            "ResourcePath": path,
            "HttpMethod": http_method,
            "ThrottlingRateLimit": 5,
            "ThrottlingBurstLimit": 6,
        }
    ]
    assert load_template(write(throttled)).api.routes["/s/a/b", "GET"].throttle == throttle


UNSUPPORTED: list[tuple[Edit, list[str]]] = [
    (
        lambda d: properties("Api")(d).update(Body={"openapi": "3"}),
        ["Api (AWS::ApiGateway::RestApi): `Body`", "not by an OpenAPI document"],
    ),
    (lambda d: properties("Method")(d).update(HttpMethod={"Fn::If": []}), ["Method", "Fn::If"]),
    (
        lambda d: d["Resources"].update(
            G=resource(
                "ApiGateway::GatewayResponse",
                RestApiId={"Ref": "Api"},
                ResponseType="THROTTLED",
                ResponseTemplates={"application/json": "$context.identity.sourceIp"},
            )
        ),
        ["G (AWS::ApiGateway::GatewayResponse)", "$context.identity.sourceIp"],
    ),
    (lambda d: properties("A")(d).update(ParentId={"Ref": "Gone"}), ["A (", "Gone"]),
    (lambda d: properties("B")(d).update(PathPart="{b+}"), ["B (", "PathPart", "{b+}"]),
    (lambda d: properties("Method")(d).update(AuthorizationType="CUSTOM"), ["CUSTOM"]),
    (lambda d: d["Resources"]["Method"].update(Condition="C"), ["Method", "condition"]),
    (lambda d: d["Resources"].pop("Stage"), ["Stage"]),
    (lambda d: d.pop("Resources"), ["Resources"]),
    (lambda d: d["Resources"].update(F={}), ["F has no Type"]),
    (
        lambda d: d["Resources"].update(T=global_table(MultiRegionConsistency="EVENTUAL")),
        ["T (AWS::DynamoDB::GlobalTable)", "MultiRegionConsistency", "EVENTUAL"],
    ),
]


@pytest.mark.parametrize(("edit", "named"), UNSUPPORTED)
def test_unsupported_resource_or_property_is_named(
    write: Callable[[Any], Path], edit: Edit, named: list[str]
) -> None:
    broken = document()
    edit(broken)
    with pytest.raises(CommandError) as error:
        load_template(write(broken))
    assert all(name in str(error.value) for name in ["Stack.template.json", *named])


def test_mock_integration_calls_nothing_and_needs_no_response_template(
    write: Callable[[Any], Path],
) -> None:
    mocked = document()
    properties("Method")(mocked)["Integration"] = {
        "Type": "MOCK",
        "PassthroughBehavior": "NEVER",
        "RequestTemplates": REQUEST,
        "IntegrationResponses": [{"StatusCode": "204"}],
    }
    route = load_template(write(mocked)).api.routes["/s/a/b", "GET"]
    assert route.action is None
    (response,) = route.responses
    assert response.template
    assert response.template.render({}) == ""


INTEGRATIONS: list[tuple[dict[str, Any], str]] = [
    ({"Type": "AWS_PROXY"}, "AWS_PROXY"),
    ({"Uri": "arn:aws:apigateway:us-east-1:sqs:path/q"}, "sqs"),
    ({"Uri": "arn:aws:apigateway:us-east-1:dynamodb:action/Count"}, "Count"),
    ({"PassthroughBehavior": "ALWAYS"}, "ALWAYS"),
    ({"RequestTemplates": {"application/json": "$util.x()"}}, "util.x"),
    ({"RequestParameters": {"integration.request.header.Host": "'a'"}}, "Host"),
    ({"IntegrationResponses": [{"StatusCode": "201"}]}, "201 has no method response"),
]


@pytest.mark.parametrize(("change", "named"), INTEGRATIONS)
def test_unsupported_integration_is_named(
    write: Callable[[Any], Path], change: dict[str, Any], named: str
) -> None:
    broken = document()
    properties("Method")(broken)["Integration"] = INTEGRATION | change
    with pytest.raises(CommandError, match="(?s)Method.*" + named):
        load_template(write(broken))


@pytest.mark.parametrize("content", ["", "[]", "{"])
def test_file_that_is_not_a_template_is_refused(write: Callable[[Any], Path], content: str) -> None:
    with pytest.raises(CommandError, match=r"Stack\.template\.json: "):
        load_template(write(content))


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"none\.json: No such file"):
        load_template(tmp_path / "none.json")


def test_resource_without_name_is_named_after_its_stack() -> None:
    named = {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "mine"}}
    found = {"A": {"Type": "AWS::DynamoDB::Table"}, "B": named}
    resolver = Resolver("Stack", {"Resources": found})
    assert resolver.resolve([{"Ref": "A"}, {"Ref": "B"}]) == ["Stack-A", "mine"]


def test_no_value_removes_its_property() -> None:
    none = {"Ref": "AWS::NoValue"}
    assert Resolver("Stack", {}).resolve({"a": none, "b": [none, 1]}) == {"b": [1]}


def test_strongly_consistent_global_table_is_one_table(write: Callable[[Any], Path]) -> None:
    regional = document()
    regional["Resources"]["T"] = global_table(MultiRegionConsistency="STRONG")
    assert list(load_template(write(regional)).tables) == ["shared"]


def test_url_is_local_in_any_region(write: Callable[[Any], Path]) -> None:
    elsewhere = json.loads(json.dumps(document()).replace("us-east-1", "ap-south-1"))
    assert load_template(write(elsewhere)).outputs_at("http://here") == {"url": "http://here/s"}
