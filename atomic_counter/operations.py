"""What the API does: its operations, and the integration of each with DynamoDB."""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam

from atomic_counter import mapping
from atomic_counter.options import Keys

JSON = "application/json"
NO_STORE = "'no-store'"
INTERNAL_SERVER_ERROR = '{"message": "Internal server error"}'


@dataclass(frozen=True)
class Operation:
    """One HTTP method of one path, and the DynamoDB action that it calls."""

    http_method: str
    path: str
    action: str
    request: tuple[str, ...]
    response: str
    optional_parameters: tuple[str, ...] = ()


COUNTING = (
    "UpdateItem",
    ("system_key", "counting", "update_item_request"),
    "update_item_response",
    ("count", "idempotencyKey"),
)
OPERATIONS = (
    Operation("GET", "/counter", *COUNTING),
    Operation("POST", "/counter", *COUNTING),
    Operation(
        "GET",
        "/counter/current",
        "GetItem",
        ("system_key", "get_item_request"),
        "get_item_response",
    ),
)


def integration(
    operation: Operation,
    table: dynamodb.ITable,
    role: iam.IRole,
    keys: Keys,
    headers: Mapping[str, str],
) -> apigateway.AwsIntegration:
    """The integration of `operation` with `table`, done as `role`; its answers have `headers`."""
    request = mapping.read(*operation.request, tableName=table.table_name, keys=keys)
    response = mapping.read(operation.response, keys=keys)
    client_error = mapping.read("counting", "client_error_response", keys=keys)
    return apigateway.AwsIntegration(
        service="dynamodb",
        action=operation.action,
        integration_http_method="POST",
        options=apigateway.IntegrationOptions(
            credentials_role=role,
            passthrough_behavior=apigateway.PassthroughBehavior.NEVER,
            request_templates={JSON: request},
            integration_responses=[
                _integration_response("200", r"2\d{2}", response, headers),
                _integration_response("400", r"4\d{2}", client_error, headers),
                _integration_response("500", None, INTERNAL_SERVER_ERROR, headers),
            ],
        ),
    )


def _integration_response(
    status_code: str, selection_pattern: str | None, template: str, headers: Mapping[str, str]
) -> apigateway.IntegrationResponse:
    return apigateway.IntegrationResponse(
        status_code=status_code,
        selection_pattern=selection_pattern,
        response_parameters={
            f"method.response.header.{name}": value for name, value in headers.items()
        },
        response_templates={JSON: template},
    )
