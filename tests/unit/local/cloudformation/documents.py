"""A template document, and edits of it."""

from collections.abc import Callable
from typing import Any

Edit = Callable[[dict[str, Any]], object]

REQUEST = {"application/json": "{}"}
INTEGRATION = {
    "Type": "AWS",
    "Uri": {
        "Fn::Join": [
            "",
            ["arn:aws:apigateway:", {"Ref": "AWS::Region"}, ":dynamodb:action/GetItem"],
        ]
    },
    "IntegrationHttpMethod": "POST",
    "PassthroughBehavior": "NEVER",
    "RequestTemplates": REQUEST,
    "IntegrationResponses": [{"StatusCode": "200", "ResponseTemplates": REQUEST}],
}
RESPONSES = [{"StatusCode": "200"}, {"StatusCode": "204"}]


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def document() -> dict[str, Any]:
    api = {"RestApiId": {"Ref": "Api"}}
    root = {"Fn::GetAtt": ["Api", "RootResourceId"]}
    url = ["https://", {"Ref": "Api"}, ".execute-api.us-east-1.amazonaws.com/", {"Ref": "Stage"}]
    return {
        "Resources": {
            "Api": resource("ApiGateway::RestApi", Name="An API"),
            "Stage": resource("ApiGateway::Stage", **api, StageName="s", DeploymentId="d"),
            "A": resource("ApiGateway::Resource", **api, ParentId=root, PathPart="a"),
            "B": resource("ApiGateway::Resource", **api, ParentId={"Ref": "A"}, PathPart="b"),
            "Method": resource(
                "ApiGateway::Method",
                **api,
                ResourceId={"Ref": "B"},
                HttpMethod="GET",
                Integration=INTEGRATION,
                MethodResponses=RESPONSES,
            ),
            "Role": resource("IAM::Role", Anything="goes"),
        },
        "Outputs": {"url": {"Value": {"Fn::Join": ["", url]}}},
    }


def properties(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda document: document["Resources"][name]["Properties"]


TABLE = {
    "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
}


def table(**more: Any) -> dict[str, Any]:
    return resource("DynamoDB::Table", **TABLE, **more)
