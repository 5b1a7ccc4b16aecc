"""The methods of API Gateway, and their integrations."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from atomic_counter.local.cloudformation.properties import (
    Properties,
    refused,
    static_headers,
)

HttpMethod = Literal["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
Passthrough = Literal["NEVER", "WHEN_NO_MATCH", "WHEN_NO_TEMPLATES"]
# The actions on items. Other actions change tables, which no counter does.
DYNAMODB_ACTIONS = (
    *("BatchExecuteStatement", "BatchGetItem", "BatchWriteItem", "DeleteItem", "DescribeTable"),
    *("ExecuteStatement", "ExecuteTransaction", "GetItem", "ListTables", "PutItem", "Query"),
    *("Scan", "TransactGetItems", "TransactWriteItems", "UpdateItem"),
)


class IntegrationResponseProperties(Properties):
    status_code: int
    selection_pattern: Annotated[
        re.Pattern[str] | None, BeforeValidator(lambda text: text or None)
    ] = None
    content_handling: Literal["CONVERT_TO_TEXT"] | None = None
    response_parameters: Annotated[dict[str, str], static_headers(r"method\.response")] = {}
    response_templates: dict[str, str] = {}


# The headers that the gateway itself sets in a request to DynamoDB.
OWN_HEADERS = {"host", "x-amz-date", "x-amz-target"}
# The type that the gateway itself sends, whatever the type of the client's request is.
DYNAMODB_TYPE = "'application/x-amz-json-1.0'"
# A request that maps one of these fails in API Gateway with a configuration error.
REFUSED_HEADERS = {
    *("authorization", "connection", "content-length", "expect", "proxy-authenticate", "te"),
    *("transfer-encoding", "x-amzn-apigateway-api-id", "x-amzn-trace-id"),
}


def _check_request_parameters(parameters: dict[str, str]) -> dict[str, str]:
    for target, source in parameters.items():
        found = re.fullmatch(r"integration\.request\.(header|path|querystring)\.([\w.-]+)", target)
        is_source = re.fullmatch(
            r"'[^']*'|method\.request\.(header|path|querystring)\.[\w.-]+|context\.[\w.]+", source
        )
        if not (found and is_source):
            raise ValueError(f"must map parameters of the request, got {target}: {source}")
        place, name = found.groups()
        if place == "header" and name.lower() in OWN_HEADERS:
            raise ValueError(f"the header {name} of the request to DynamoDB can't be changed")
        if place == "header" and name.lower() == "content-type" and source != DYNAMODB_TYPE:
            raise ValueError(
                f"the header {name} of the request to DynamoDB must be {DYNAMODB_TYPE},"
                f" got {source}"
            )
        if place == "header" and name.lower() in REFUSED_HEADERS:
            raise ValueError(f"the header {name} can't be mapped: API Gateway refuses it")
    return parameters


class Integration(Properties):
    unused = "CacheKeyParameters CacheNamespace Credentials"
    passthrough_behavior: Passthrough = "WHEN_NO_MATCH"
    request_templates: dict[str, str] = {}
    integration_responses: list[IntegrationResponseProperties] = []
    request_parameters: Annotated[dict[str, str], AfterValidator(_check_request_parameters)] = {}
    connection_id: Annotated[Any, refused("isn't supported")] = None
    connection_type: Literal["INTERNET"] = "INTERNET"
    content_handling: Literal["CONVERT_TO_TEXT"] | None = None
    integration_http_method: str | None = None
    response_transfer_mode: Literal["BUFFERED"] = "BUFFERED"
    timeout_in_millis: int = 29_000

    @property
    def action(self) -> str | None:
        """The action of DynamoDB. None: it calls nothing."""
        return None


def _check_uri(uri: str) -> str:
    parts = re.fullmatch(r"arn:[\w-]+:apigateway:[^:]*:([^:]+):(action|path)/(.*)", uri)
    if not parts:
        raise ValueError(f"must be the ARN of an action of DynamoDB, got {uri}")
    service, kind, action = parts.groups()
    if service != "dynamodb" or kind != "action":
        raise ValueError(f"must be an action of DynamoDB, got {kind}/{action} of {service}")
    if action not in DYNAMODB_ACTIONS:
        raise ValueError(f"must be an action of items, such as UpdateItem, got {action}")
    return uri


class AwsIntegration(Integration):
    type: Literal["AWS"]
    uri: Annotated[str, AfterValidator(_check_uri)]
    integration_http_method: Literal["POST"]

    @property
    def action(self) -> str:
        """The action of DynamoDB."""
        return self.uri.rpartition("/")[2]


class MockIntegration(Integration):
    unused = "Uri"
    type: Literal["MOCK"]


class MethodResponse(Properties):
    unused = "ResponseModels"
    status_code: int
    response_parameters: dict[str, Any] = {}


def _check_type(integration: Any) -> Any:
    if isinstance(integration, dict) and integration.get("Type") not in ("AWS", "MOCK"):
        target = str(integration.get("Uri", "nothing")).rpartition(":")[2]
        raise ValueError(f"must be of type AWS or MOCK, got {integration.get('Type')} of {target}")
    return integration


class Method(Properties):
    unused = "AuthorizationScopes OperationName"
    rest_api_id: str
    resource_id: str
    http_method: HttpMethod
    integration: Annotated[
        Annotated[AwsIntegration | MockIntegration, Field(discriminator="type")],
        BeforeValidator(_check_type),
    ]
    api_key_required: bool = False
    authorization_type: Literal["NONE", "AWS_IAM"] = "NONE"
    authorizer_id: Annotated[Any, refused("isn't supported")] = None
    method_responses: list[MethodResponse] = []
    request_models: dict[str, str] = {}
    request_parameters: dict[str, bool] = {}
    request_validator_id: str | None = None
