"""The supported resource types, and the supported properties of each.

Everything else is refused when a template is loaded.
A property of type `Unused` has a meaning in an account, and none on one machine.
"""

import json
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_pascal

from atomic_counter.local.template.headers import check_header

Unused = Any

HTTP_METHODS = ("ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
# The actions of items. Others change tables, and the response of a counter needs none of them.
DYNAMODB_ACTIONS = (
    *("BatchExecuteStatement", "BatchGetItem", "BatchWriteItem", "DeleteItem", "DescribeTable"),
    *("ExecuteStatement", "ExecuteTransaction", "GetItem", "ListTables", "PutItem", "Query"),
    *("Scan", "TransactGetItems", "TransactWriteItems", "UpdateItem"),
)
GATEWAY_RESPONSE_TYPES = (
    *("ACCESS_DENIED", "API_CONFIGURATION_ERROR", "AUTHORIZER_CONFIGURATION_ERROR"),
    *("AUTHORIZER_FAILURE", "BAD_REQUEST_BODY", "BAD_REQUEST_PARAMETERS", "DEFAULT_4XX"),
    *("DEFAULT_5XX", "EXPIRED_TOKEN", "INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT"),
    *("INVALID_API_KEY", "INVALID_SIGNATURE", "MISSING_AUTHENTICATION_TOKEN", "QUOTA_EXCEEDED"),
    *("REQUEST_TOO_LARGE", "RESOURCE_NOT_FOUND", "THROTTLED", "UNAUTHORIZED"),
    *("UNSUPPORTED_MEDIA_TYPE", "WAF_FILTERED"),
)


class Properties(BaseModel):
    """The properties of a resource, with the names of CloudFormation in snake case."""

    model_config = ConfigDict(alias_generator=to_pascal, extra="forbid", frozen=True)


def refused(reason: str) -> AfterValidator:
    """Return the validator of a property that is refused, with this reason."""

    def refuse(value: object) -> object:
        if value in (None, False, [], {}):
            return value
        raise ValueError(reason)

    return AfterValidator(refuse)


def _static_headers(prefix: str) -> Any:
    def parse(parameters: dict[str, str]) -> dict[str, str]:
        headers: dict[str, str] = {}
        for target, source in parameters.items():
            header = re.fullmatch(rf"{prefix}\.header\.([\w-]+)", target)
            value = re.fullmatch(r"'([^\r\n]*)'", source)
            if not (header and value):
                raise ValueError(
                    "must have headers with a static value, such as 'no-store' in single quotes,"
                    f" got {target}: {source}"
                )
            check_header(header[1])
            if header[1].lower() in map(str.lower, headers):
                raise ValueError(f"the header {header[1]} is there twice")
            headers[header[1]] = value[1]
        return headers

    return AfterValidator(parse)


class Index(Properties):
    """A secondary index of a table."""

    index_name: str
    key_schema: list[dict[str, str]]
    projection: dict[str, Any]
    contributor_insights_specification: Unused = None
    on_demand_throughput: Unused = None
    provisioned_throughput: Unused = None
    warm_throughput: Unused = None


def _no_time_to_live(value: dict[str, Any]) -> dict[str, Any]:
    if value.get("Enabled") not in (False, "false"):
        raise ValueError("isn't supported: the engine doesn't delete items by their age")
    return value


class Table(Properties):
    table_name: str | None = None
    key_schema: list[dict[str, str]]
    attribute_definitions: list[dict[str, str]]
    global_secondary_indexes: list[Index] = []
    local_secondary_indexes: list[Index] = []
    billing_mode: Literal["PAY_PER_REQUEST", "PROVISIONED"] = "PROVISIONED"
    contributor_insights_specification: Unused = None
    deletion_protection_enabled: Unused = None
    import_source_specification: Annotated[
        Unused, refused("isn't supported: nothing is imported")
    ] = None
    kinesis_stream_specification: Unused = None
    on_demand_throughput: Unused = None
    point_in_time_recovery_specification: Unused = None
    provisioned_throughput: Unused = None
    resource_policy: Unused = None
    sse_specification: Annotated[Unused, Field(alias="SSESpecification")] = None
    stream_specification: Unused = None
    table_class: Unused = None
    tags: Unused = None
    time_to_live_specification: Annotated[dict[str, Any], AfterValidator(_no_time_to_live)] = {}
    warm_throughput: Unused = None


class GlobalTable(Table):
    """`AWS::DynamoDB::GlobalTable`, for which one engine stands in all Regions."""

    multi_region_consistency: Literal["STRONG"]
    replicas: Unused
    global_table_witnesses: Unused = None
    write_on_demand_throughput_settings: Unused = None
    write_provisioned_throughput_settings: Unused = None


NO_OPENAPI = (
    "isn't supported: the API must be defined by resources and methods, not by an OpenAPI document"
)


class RestApi(Properties):
    name: str | None = None
    api_key_source_type: Literal["HEADER"] = "HEADER"
    binary_media_types: Annotated[Unused, refused("must be empty: every body is a text")] = None
    body: Annotated[Unused, refused(NO_OPENAPI)] = None
    body_s3_location: Annotated[Unused, refused(NO_OPENAPI), Field(alias="BodyS3Location")] = None
    clone_from: Annotated[Unused, refused("isn't supported")] = None
    description: Unused = None
    disable_execute_api_endpoint: Literal[False] = False
    endpoint_access_mode: Unused = None
    endpoint_configuration: Unused = None
    fail_on_warnings: Unused = None
    minimum_compression_size: Annotated[
        Unused, refused("isn't supported: no response is compressed")
    ] = None
    mode: Unused = None
    parameters: Unused = None
    policy: Annotated[Unused, refused("isn't supported: nobody is refused by a policy here")] = None
    security_policy: Unused = None
    tags: Unused = None


class Resource(Properties):
    rest_api_id: str
    parent_id: str
    path_part: str


class MethodSetting(Properties):
    http_method: str = "*"
    resource_path: str = "/*"
    throttling_rate_limit: float | None = None
    throttling_burst_limit: int | None = None
    caching_enabled: Literal[False] = False
    cache_data_encrypted: Unused = None
    cache_ttl_in_seconds: Unused = None
    data_trace_enabled: Unused = None
    logging_level: Unused = None
    metrics_enabled: Unused = None


class StageDescription(MethodSetting):
    """The stage of a deployment."""

    access_log_setting: Unused = None
    cache_cluster_enabled: Literal[False] = False
    cache_cluster_size: Unused = None
    canary_setting: Annotated[Unused, refused("isn't supported")] = None
    client_certificate_id: Unused = None
    description: Unused = None
    documentation_version: Unused = None
    method_settings: list[MethodSetting] = []
    tags: Unused = None
    tracing_enabled: Unused = None
    variables: dict[str, str] = {}


class Stage(Properties):
    rest_api_id: str
    stage_name: str
    access_log_setting: Unused = None
    cache_cluster_enabled: Literal[False] = False
    cache_cluster_size: Unused = None
    canary_setting: Annotated[Unused, refused("isn't supported")] = None
    client_certificate_id: Unused = None
    deployment_id: Unused = None
    description: Unused = None
    documentation_version: Unused = None
    method_settings: list[MethodSetting] = []
    tags: Unused = None
    tracing_enabled: Unused = None
    variables: dict[str, str] = {}


class Deployment(Properties):
    """A deployment, which makes a stage if it names one."""

    rest_api_id: str
    stage_name: str | None = None
    stage_description: StageDescription = StageDescription()
    deployment_canary_settings: Unused = None
    description: Unused = None


class RequestValidator(Properties):
    rest_api_id: str
    name: Unused = None
    validate_request_parameters: bool = False
    validate_request_body: Literal[False] = False


class IntegrationResponseProperties(Properties):
    status_code: int
    selection_pattern: Annotated[
        re.Pattern[str] | None, BeforeValidator(lambda text: text or None)
    ] = None
    content_handling: Literal["CONVERT_TO_TEXT"] | None = None
    response_parameters: Annotated[dict[str, str], _static_headers(r"method\.response")] = {}
    response_templates: dict[str, str] = {}


# What a header of the request to DynamoDB could change.
CHANGING_HEADERS = {"authorization", "content-length", "host", "x-amz-date", "x-amz-target"}


def _check_request_parameters(parameters: dict[str, str]) -> dict[str, str]:
    for target, source in parameters.items():
        found = re.fullmatch(r"integration\.request\.(header|path|querystring)\.([\w.-]+)", target)
        is_source = re.fullmatch(
            r"'[^']*'|method\.request\.(header|path|querystring)\.[\w.-]+|context\.[\w.]+", source
        )
        if not (found and is_source):
            raise ValueError(f"must map parameters of the request, got {target}: {source}")
        if found[1] == "header" and found[2].lower() in CHANGING_HEADERS:
            raise ValueError(f"the header {found[2]} of the request to DynamoDB can't be changed")
    return parameters


class Integration(Properties):
    passthrough_behavior: Literal["NEVER", "WHEN_NO_MATCH", "WHEN_NO_TEMPLATES"] = "WHEN_NO_MATCH"
    request_templates: dict[str, str] = {}
    integration_responses: list[IntegrationResponseProperties] = []
    request_parameters: Annotated[dict[str, str], AfterValidator(_check_request_parameters)] = {}
    cache_key_parameters: Unused = None
    cache_namespace: Unused = None
    connection_id: Annotated[Unused, refused("isn't supported")] = None
    connection_type: Literal["INTERNET"] = "INTERNET"
    content_handling: Literal["CONVERT_TO_TEXT"] | None = None
    credentials: Unused = None
    integration_http_method: str | None = None
    response_transfer_mode: Literal["BUFFERED"] = "BUFFERED"
    timeout_in_millis: int = 29_000


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
    type: Literal["MOCK"]
    uri: Unused = None


class MethodResponse(Properties):
    status_code: int
    response_models: Unused = None
    response_parameters: dict[str, Unused] = {}


def _check_type(integration: Any) -> Any:
    if isinstance(integration, dict) and integration.get("Type") not in ("AWS", "MOCK"):
        target = str(integration.get("Uri", "nothing")).rpartition(":")[2]
        raise ValueError(f"must be of type AWS or MOCK, got {integration.get('Type')} of {target}")
    return integration


class Method(Properties):
    rest_api_id: str
    resource_id: str
    http_method: Literal["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
    integration: Annotated[
        Annotated[AwsIntegration | MockIntegration, Field(discriminator="type")],
        BeforeValidator(_check_type),
    ]
    api_key_required: bool = False
    authorization_scopes: Unused = None
    authorization_type: Literal["NONE", "AWS_IAM"] = "NONE"
    authorizer_id: Annotated[Unused, refused("isn't supported")] = None
    method_responses: list[MethodResponse] = []
    operation_name: Unused = None
    request_models: Unused = None
    request_parameters: dict[str, bool] = {}
    request_validator_id: str | None = None


def _check_substitutions(templates: dict[str, str]) -> dict[str, str]:
    for template in templates.values():
        for reference in re.findall(r"\$(?:\{|[\w.]*\w|$)", template):
            if reference not in ("$context.error.messageString", "$context.error.message"):
                raise ValueError(
                    "must have no other reference than $context.error.messageString and"
                    f" $context.error.message, got {reference}"
                )
    return templates


class GatewayResponse(Properties):
    rest_api_id: str
    response_type: Annotated[str, Field(pattern=f"^({'|'.join(GATEWAY_RESPONSE_TYPES)})$")]
    status_code: int | None = None
    response_parameters: Annotated[dict[str, str], _static_headers("gatewayresponse")] = {}
    response_templates: Annotated[dict[str, str], AfterValidator(_check_substitutions)] = {}


class ApiKey(Properties):
    enabled: bool = False
    value: str | None = None
    customer_id: Unused = None
    description: Unused = None
    generate_distinct_id: Unused = None
    name: Unused = None
    stage_keys: Unused = None
    tags: Unused = None


class ApiStage(Properties):
    api_id: str
    stage: str
    throttle: Annotated[dict[str, Any], Field(max_length=0)] = {}


class UsagePlan(Properties):
    api_stages: list[ApiStage] = []
    description: Unused = None
    quota: Annotated[
        Unused, refused("isn't supported: requests aren't counted by day or month")
    ] = None
    tags: Unused = None
    throttle: Annotated[Unused, refused("isn't supported")] = None
    usage_plan_name: Unused = None


class UsagePlanKey(Properties):
    key_id: str
    key_type: Literal["API_KEY"]
    usage_plan_id: str


def _parse_call(call: Any) -> Any:
    return json.loads(call) if isinstance(call, str) else call


class AwsCall(BaseModel):
    """A call of the AWS API that a custom resource makes."""

    service: str
    action: str
    parameters: dict[str, Any] = {}


class CustomAws(Properties):
    """`Custom::AWS` of the CDK, whose call at its creation can be the seed of a table."""

    model_config = ConfigDict(alias_generator=to_pascal, extra="ignore", frozen=True)

    create: Annotated[AwsCall | None, BeforeValidator(_parse_call)] = None


SUPPORTED_TYPES: dict[str, type[Properties]] = {
    "AWS::ApiGateway::ApiKey": ApiKey,
    "AWS::ApiGateway::Deployment": Deployment,
    "AWS::ApiGateway::GatewayResponse": GatewayResponse,
    "AWS::ApiGateway::Method": Method,
    "AWS::ApiGateway::RequestValidator": RequestValidator,
    "AWS::ApiGateway::Resource": Resource,
    "AWS::ApiGateway::RestApi": RestApi,
    "AWS::ApiGateway::Stage": Stage,
    "AWS::ApiGateway::UsagePlan": UsagePlan,
    "AWS::ApiGateway::UsagePlanKey": UsagePlanKey,
    "AWS::DynamoDB::GlobalTable": GlobalTable,
    "AWS::DynamoDB::Table": Table,
    "Custom::AWS": CustomAws,
}

# They change nothing on one machine. Any other type gets a warning.
IGNORED_TYPES = {
    "AWS::ApiGateway::Account",
    "AWS::CDK::Metadata",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Logs::LogGroup",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
}
IGNORED_SERVICES = ("AWS::IAM::", "AWS::ApplicationAutoScaling::")
