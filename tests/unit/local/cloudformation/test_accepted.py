"""What changes nothing on one machine is accepted, and the rest works as in AWS."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from atomic_counter.local.cloudformation import Stack
from atomic_counter.local.cloudformation.reader import load_template
from atomic_counter.local.throttling import Throttle
from tests.unit.local.cloudformation.documents import (
    INTEGRATION,
    RESPONSES,
    TABLE,
    Edit,
    document,
    properties,
    resource,
    table,
)

INDEX = {
    "IndexName": "i",
    "KeySchema": TABLE["KeySchema"],
    "Projection": {"ProjectionType": "ALL"},
    "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
}
SETTINGS = {"ResourcePath": "/*", "HttpMethod": "*", "LoggingLevel": "INFO"}


@pytest.fixture
def load(tmp_path: Path) -> Callable[[Any], Stack]:
    def load(content: Any) -> Stack:
        path = tmp_path / "Stack.template.json"
        path.write_text(json.dumps(content))
        return load_template(path)

    return load


HARMLESS: dict[str, Edit] = {
    "account": lambda d: d["Resources"].update(X=resource("ApiGateway::Account")),
    "roles": lambda d: d["Resources"].update(X=resource("IAM::ManagedPolicy", A="b")),
    "provisioned": lambda d: d["Resources"].update(
        T=table(ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5})
    ),
    "stream": lambda d: d["Resources"].update(
        T=table(StreamSpecification={}, TableClass="STANDARD")
    ),
    "encryption": lambda d: d["Resources"].update(T=table(SSESpecification={"SSEEnabled": True})),
    "tags": lambda d: d["Resources"].update(T=table(Tags=[{"Key": "a", "Value": "b"}])),
    "no expiry": lambda d: d["Resources"].update(
        T=table(TimeToLiveSpecification={"Enabled": False, "AttributeName": "t"})
    ),
    "metrics": lambda d: properties("Stage")(d).update(
        MethodSettings=[{**SETTINGS, "MetricsEnabled": True, "DataTraceEnabled": True}]
    ),
    "key source": lambda d: properties("Api")(d).update(ApiKeySourceType="HEADER"),
    "TLS": lambda d: properties("Api")(d).update(
        SecurityPolicy="SecurityPolicy_TLS13_1_2_2021_06", EndpointAccessMode="STRICT"
    ),
    "private": lambda d: properties("Api")(d).update(
        EndpointConfiguration={"Types": ["PRIVATE"], "VpcEndpointIds": ["vpce-1"]},
        Policy={
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Deny",
                    "Principal": "*",
                    "Condition": {"StringNotEquals": {"aws:SourceVpce": ["vpce-1"]}},
                },
                {"Effect": "Allow", "Principal": "*"},
            ],
        },
    ),
    "callers": lambda d: properties("Api")(d).update(
        Policy={"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "a"}]}
    ),
    "CORS": lambda d: d["Resources"].update(
        X=resource(
            "ApiGateway::GatewayResponse",
            RestApiId={"Ref": "Api"},
            ResponseType="DEFAULT_4XX",
            ResponseParameters={"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"},
            ResponseTemplates={"application/json": '{"m": $context.error.messageString}'},
        )
    ),
    "operation": lambda d: properties("Method")(d).update(OperationName="count"),
    "null": lambda d: d["Resources"]["Role"].update(Properties=None),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_changes_nothing_is_accepted_without_a_warning(
    load: Callable[[Any], Stack], name: str
) -> None:
    changed = document()
    HARMLESS[name](changed)
    stack = load(changed)
    assert (list(stack.api.routes), stack.warnings) == ([("/s/a/b", "GET")], [])


def test_resource_that_no_route_uses_is_a_warning(load: Callable[[Any], Stack]) -> None:
    changed = document()
    changed["Resources"] |= {
        "F": resource("Lambda::Function"),
        "Q": resource("SQS::Queue"),
        "C": {"Type": "Custom::Thing"},
    }
    assert load(changed).warnings == [
        "F (AWS::Lambda::Function) isn't served here",
        "Q (AWS::SQS::Queue) isn't served here",
        "C (Custom::Thing) isn't served here",
    ]


def test_root_resource_any_method_and_path_parameters_are_served(
    load: Callable[[Any], Stack],
) -> None:
    changed = document()
    root = {"Fn::GetAtt": ["Api", "RootResourceId"]}
    api = {"RestApiId": {"Ref": "Api"}, "Integration": INTEGRATION, "MethodResponses": RESPONSES}
    changed["Resources"] |= {
        "Id": resource(
            "ApiGateway::Resource", RestApiId={"Ref": "Api"}, ParentId=root, PathPart="{id}"
        ),
        "Any": resource("ApiGateway::Method", **api, ResourceId={"Ref": "Id"}, HttpMethod="ANY"),
        "Root": resource("ApiGateway::Method", **api, ResourceId=root, HttpMethod="GET"),
    }
    routes = load(changed).api
    found = {
        (path, method): routes.find(path, method)
        for path, method in (
            ("/s", "GET"),
            ("/s/7", "PUT"),
            ("/s/a/b", "GET"),
            ("/s/a/b", "PUT"),
            ("/s/7/8", "GET"),
        )
    }
    assert [None if each is None else dict(each[1]) for each in found.values()] == [
        {},
        {"id": "7"},
        {},
        None,
        None,
    ]


def test_stage_of_a_deployment_is_served(load: Callable[[Any], Stack]) -> None:
    changed = document()
    del changed["Resources"]["Stage"]
    changed["Resources"]["Deployment"] = resource(
        "ApiGateway::Deployment",
        RestApiId={"Ref": "Api"},
        StageName="s",
        StageDescription={
            "ThrottlingRateLimit": 5,
            "ThrottlingBurstLimit": 6,
            "Variables": {"a": "b"},
        },
    )
    changed["Outputs"] = {}
    api = load(changed).api
    assert (api.stage, api.stage_variables) == ("s", {"a": "b"})
    assert api.routes["/s/a/b", "GET"].throttle == Throttle(5, 6)


def test_parameters_conditions_and_functions_are_resolved(load: Callable[[Any], Stack]) -> None:
    changed = document()
    changed |= {
        "Parameters": {
            "Name": {"Type": "String", "Default": "mine"},
            "List": {"Type": "CommaDelimitedList", "Default": "a, b"},
        },
        "Conditions": {
            "Yes": {"Fn::Equals": [{"Ref": "Name"}, "mine"]},
            "No": {"Fn::Not": [{"Condition": "Yes"}]},
            "Both": {"Fn::And": [{"Condition": "Yes"}, {"Fn::Or": [{"Condition": "No"}]}]},
        },
        "Mappings": {"Map": {"a": {"b": "mapped"}}},
    }
    changed["Resources"] |= {
        "T": {**table(TableName={"Fn::Sub": "${Name}-${AWS::Region}"}), "Condition": "Yes"},
        "Left": {**resource("Lambda::Function"), "Condition": "No"},
    }
    values = {
        "arn": {"Fn::GetAtt": ["T", "Arn"]},
        "short": {"Fn::GetAtt": "T.Arn"},
        "sub": {"Fn::Sub": ["${a} ${T} ${T.Arn} ${!b}", {"a": {"Ref": "AWS::AccountId"}}]},
        "if": {"Fn::If": ["Both", "wrong", {"Fn::Select": [1, {"Ref": "List"}]}]},
        "split": {"Fn::Select": ["0", {"Fn::Split": ["-", "a-b"]}]},
        "map": {"Fn::FindInMap": ["Map", "a", "b"]},
    }
    changed["Outputs"] = {name: {"Value": value} for name, value in values.items()}
    changed["Outputs"]["left out"] = {"Value": "x", "Condition": "No"}
    arn = "arn:aws:dynamodb:us-east-1:000000000000:table/mine-us-east-1"
    stack = load(changed)
    assert stack.outputs == {
        "arn": arn,
        "short": arn,
        "sub": f"000000000000 mine-us-east-1 {arn} ${{b}}",
        "if": "b",
        "split": "a",
        "map": "mapped",
    }
    assert (list(stack.tables), stack.warnings) == (["mine-us-east-1"], [])


def test_secondary_index_is_created_without_its_capacity(load: Callable[[Any], Stack]) -> None:
    changed = document()
    changed["Resources"]["T"] = table(TableName="t", GlobalSecondaryIndexes=[INDEX])
    (index,) = load(changed).tables["t"].global_secondary_indexes
    assert (index.index_name, index.projection) == ("i", {"ProjectionType": "ALL"})


@pytest.mark.parametrize("is_text", [True, False])
def test_seed_of_a_custom_resource_is_an_item(load: Callable[[Any], Stack], is_text: bool) -> None:
    item = {"TableName": "t", "Item": {"k": {"S": "a"}, "v": {"N": "1"}}}
    call = {"service": "DynamoDB", "action": "putItem", "parameters": item}
    changed = document()
    create = json.dumps(call) if is_text else call
    changed["Resources"]["Seed"] = {"Type": "Custom::AWS", "Properties": {"Create": create}}
    other = {"service": "SSM", "action": "putParameter", "parameters": {}}
    changed["Resources"]["Other"] = {"Type": "Custom::AWS", "Properties": {"Create": other}}
    stack = load(changed)
    assert (stack.seeds, stack.warnings) == ([item], ["Other (Custom::AWS) isn't executed"])


def test_response_without_a_template_passes_the_body_through(load: Callable[[Any], Stack]) -> None:
    changed = document()
    responses = [{"StatusCode": "200", "SelectionPattern": ""}]
    properties("Method")(changed)["Integration"] = INTEGRATION | {"IntegrationResponses": responses}
    (response,) = load(changed).api.routes["/s/a/b", "GET"].responses
    assert (response.template, response.selection_pattern) == (None, None)


def test_parameters_of_the_request_to_dynamodb_are_accepted(load: Callable[[Any], Stack]) -> None:
    changed = document()
    parameters = {
        "integration.request.path.id": "method.request.path.id",
        "integration.request.header.Content-Type": "'application/x-amz-json-1.0'",
        "integration.request.querystring.a": "context.requestId",
    }
    del properties("Method")(changed)["Integration"]
    properties("Method")(changed)["Integration"] = INTEGRATION | {"RequestParameters": parameters}
    assert load(changed).warnings == []
