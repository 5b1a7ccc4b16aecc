"""The operations of the API, and the integration of each with DynamoDB."""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam

from atomic_counter.counter import mapping
from atomic_counter.options import CounterOptions, Keys

JSON = "application/json"
# A request body is ignored. These are the types that HTTP clients declare for an empty one.
CONTENT_TYPES = (
    JSON,
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "text/plain",
)
NO_STORE = "'no-store'"
INTERNAL_SERVER_ERROR = '{"message": "Internal server error"}'


@dataclass(frozen=True)
class Operation:
    """One HTTP method of one path, and the DynamoDB action that it calls.

    Attributes:
        request: The parts of the request template.
        response: The parts of the response template.
        error: The parts of the response template for a 4xx of DynamoDB.
        required: The required parameters of the query string.
        optional: Its optional parameters.
    """

    http_method: str
    path: str
    action: str
    request: tuple[str, ...]
    response: tuple[str, ...]
    error: tuple[str, ...] = ("counting", "error_type", "client_error_response")
    required: tuple[str, ...] = ("systemKey",)
    optional: tuple[str, ...] = ()


def _counting(http_method: str) -> Operation:
    return Operation(
        http_method,
        "/counter",
        "UpdateItem",
        request=("system_key", "counting", "update_item_request"),
        response=("update_item_response",),
        optional=("count", "idempotencyKey"),
    )


def _reading(*response: str) -> Operation:
    return Operation(
        "GET",
        "/counter/current",
        "GetItem",
        request=("system_key", "get_item_request"),
        response=("counter_item", *response, "get_item_response"),
    )


COUNTING = (_counting("GET"), _counting("POST"), _reading())
DOCUMENTS = (
    Operation(
        "GET",
        "/counter",
        "GetItem",
        request=("system_key", "document_key", "get_document_request"),
        response=("get_document_response",),
        error=("error_type", "document_error_response"),
        required=("systemKey", "documentKey"),
    ),
    Operation(
        "POST",
        "/counter",
        "TransactWriteItems",
        request=("system_key", "document_key", "next_number", "transact_write_items_request"),
        response=("next_number", "transact_write_items_response"),
        error=("error_type", "document_error_response"),
        required=("systemKey", "documentKey", "after"),
    ),
    _reading("document_is_no_key"),
)


def operations(options: CounterOptions) -> tuple[Operation, ...]:
    """Return the operations of a counter with these options."""
    return DOCUMENTS if options.documents else COUNTING


def add_operations(
    api: apigateway.RestApi,
    table: dynamodb.ITable,
    role: iam.IRole,
    options: CounterOptions,
    headers: Mapping[str, str],
) -> list[apigateway.Method]:
    """Add a method for each operation, which calls DynamoDB with `role`."""
    validator = api.add_request_validator("Parameters", validate_request_parameters=True)
    types = apigateway.AuthorizationType
    return [
        api.root.resource_for_path(operation.path).add_method(
            operation.http_method,
            _integration(operation, table, role, options.keys, headers),
            authorization_type=types.IAM if options.authorization == "iam" else types.NONE,
            api_key_required=options.authorization == "api-key",
            request_parameters={
                f"method.request.querystring.{name}": name in operation.required
                for name in (*operation.required, *operation.optional)
            },
            request_validator=validator,
            method_responses=[
                build_method_response(status, headers) for status in ("200", "400", "500")
            ],
        )
        for operation in operations(options)
    ]


def _integration(
    operation: Operation,
    table: dynamodb.ITable,
    role: iam.IRole,
    keys: Keys,
    headers: Mapping[str, str],
) -> apigateway.AwsIntegration:
    request = mapping.read(*operation.request, tableName=table.table_name, keys=keys)
    response = mapping.read(*operation.response, keys=keys)
    client_error = mapping.read(*operation.error, keys=keys)
    return apigateway.AwsIntegration(
        service="dynamodb",
        action=operation.action,
        integration_http_method="POST",
        options=apigateway.IntegrationOptions(
            credentials_role=role,
            passthrough_behavior=apigateway.PassthroughBehavior.NEVER,
            request_templates=dict.fromkeys(CONTENT_TYPES, request),
            integration_responses=[
                build_integration_response("200", headers, response, r"2\d{2}"),
                build_integration_response("400", headers, client_error, r"4\d{2}"),
                build_integration_response("500", headers, INTERNAL_SERVER_ERROR),
            ],
        ),
    )


def build_integration_response(
    status_code: str,
    headers: Mapping[str, str],
    template: str | None = None,
    selection_pattern: str | None = None,
) -> apigateway.IntegrationResponse:
    """Return an integration response that has `headers`."""
    return apigateway.IntegrationResponse(
        status_code=status_code,
        selection_pattern=selection_pattern,
        response_parameters=_header_parameters(headers),
        response_templates={JSON: template} if template else None,
    )


def build_method_response(
    status_code: str, headers: Mapping[str, str]
) -> apigateway.MethodResponse:
    """Return the method response that declares `headers`."""
    return apigateway.MethodResponse(
        status_code=status_code,
        response_parameters=dict.fromkeys(_header_parameters(headers), True),
    )


def _header_parameters(headers: Mapping[str, str]) -> dict[str, str]:
    return {f"method.response.header.{name}": value for name, value in headers.items()}
