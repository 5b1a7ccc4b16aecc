"""The methods of the API, and the integration of each with DynamoDB."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import CfnMapping
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam

from atomic_counter.counter import mapping
from atomic_counter.counter.operations import Operation, operations
from atomic_counter.counter.responses import (
    INTERNAL_SERVER_ERROR,
    JSON,
    build_integration_response,
    build_method_response,
)
from atomic_counter.options import CounterOptions

# A request body is ignored. These are the types that HTTP clients declare for an empty one.
CONTENT_TYPES = (
    JSON,
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "text/plain",
)
DYNAMODB_JSON = "application/x-amz-json-1.0"
# DynamoDB's limit of 100 actions in a transaction, less the counter.
MAX_DOCUMENTS = 99


def add_methods(
    api: apigateway.RestApi,
    table: dynamodb.ITable,
    role: iam.IRole,
    options: CounterOptions,
    headers: Mapping[str, str],
) -> list[apigateway.Method]:
    """Add a method for each operation, which calls DynamoDB with `role`."""
    templates = MappingTemplates(api, operations(options), options)
    # The CDK names a deployment after the methods, in which it sees only references.
    assert api.latest_deployment
    api.latest_deployment.add_to_logical_id(templates.texts)
    checks = {False: _check_of_parameters(api), True: {}}
    if options.documents:
        checks[True] = _check_of_list(api)
    return [
        api.root.resource_for_path(operation.path).add_method(
            operation.http_method,
            _integration(operation, templates, table, role, headers),
            request_parameters={
                f"method.request.querystring.{name}": name in operation.required
                for name in (*operation.required, *operation.optional)
            },
            method_responses=[
                build_method_response(status, headers) for status in ("200", "400", "500")
            ],
            **checks[operation.has_list],
        )
        for operation in operations(options)
    ]


def _check_of_parameters(api: apigateway.RestApi) -> dict[str, Any]:
    validator = api.add_request_validator("Parameters", validate_request_parameters=True)
    return {"request_validator": validator}


def _check_of_list(api: apigateway.RestApi) -> dict[str, Any]:
    validator = api.add_request_validator(
        "ParametersAndBody", validate_request_parameters=True, validate_request_body=True
    )
    types = apigateway.JsonSchemaType
    model = api.add_model(
        "Documents",
        content_type=JSON,
        schema=apigateway.JsonSchema(
            schema=apigateway.JsonSchemaVersion.DRAFT4,
            type=types.ARRAY,
            items=apigateway.JsonSchema(type=types.STRING),
            min_items=1,
            max_items=MAX_DOCUMENTS,
            unique_items=True,
        ),
    )
    return {"request_validator": validator, "request_models": {JSON: model}}


class MappingTemplates:
    """The mapping templates of the operations, each once in the section `Mappings` of the stack.

    A mapping's value can't contain a reference, so what depends on the stack stays outside it.

    Attributes:
        texts: The mapping templates by name.
    """

    def __init__(
        self, api: apigateway.RestApi, operations: Sequence[Operation], options: CounterOptions
    ) -> None:
        self.texts: dict[str, str] = {}
        for operation in operations:
            self.texts |= operation.templates(options.keys)
        self._mapping = CfnMapping(api, "Templates", lazy=False)
        for name, text in self.texts.items():
            self._mapping.set_value(*_place(name), text)

    def reference(self, name: str) -> str:
        """Return the reference to a mapping template."""
        return self._mapping.find_in_map(*_place(name))


def _place(name: str) -> tuple[str, str]:
    """Return the two keys of a mapping template, such as `UpdateItem` and `Request`."""
    *words, direction = [word.capitalize() for word in name.split("_")]
    return "".join(words), direction


def _integration(
    operation: Operation,
    templates: MappingTemplates,
    table: dynamodb.ITable,
    role: iam.IRole,
    headers: Mapping[str, str],
) -> apigateway.AwsIntegration:
    table_name = mapping.settings(tableName=table.table_name)
    request = table_name + templates.reference(operation.request)
    response = templates.reference(operation.response[-1])
    client_error = templates.reference(operation.error)
    return apigateway.AwsIntegration(
        service="dynamodb",
        action=operation.action,
        integration_http_method="POST",
        options=apigateway.IntegrationOptions(
            credentials_role=role,
            passthrough_behavior=apigateway.PassthroughBehavior.NEVER,
            # DynamoDB refuses a request of another type, such as that of a client's form.
            request_parameters={"integration.request.header.Content-Type": f"'{DYNAMODB_JSON}'"},
            request_templates=dict.fromkeys(
                (JSON,) if operation.has_list else CONTENT_TYPES, request
            ),
            integration_responses=[
                build_integration_response("200", headers, response, r"2\d{2}"),
                build_integration_response("400", headers, client_error, r"4\d{2}"),
                build_integration_response("500", headers, INTERNAL_SERVER_ERROR),
            ],
        ),
    )
