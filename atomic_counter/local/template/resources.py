"""The supported resource types, and the supported properties of each.

Everything else is refused when a template is loaded.
A property of type `Unused` has a meaning in an account, and none on one machine.
"""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_pascal

Unused = Any


class Properties(BaseModel):
    """The properties of a resource, with the names of CloudFormation in snake case."""

    model_config = ConfigDict(alias_generator=to_pascal, extra="forbid", frozen=True)


def _static_headers(prefix: str) -> Any:
    def parse(parameters: dict[str, str]) -> dict[str, str]:
        headers = {}
        for target, source in parameters.items():
            header = re.fullmatch(rf"{prefix}\.header\.([\w-]+)", target)
            value = re.fullmatch(r"'(.*)'", source)
            if not (header and value):
                raise ValueError(f"only headers with a static value are supported, got {target}")
            headers[header[1]] = value[1]
        return headers

    return AfterValidator(parse)


class Table(Properties):
    table_name: str | None = None
    key_schema: list[dict[str, str]]
    attribute_definitions: list[dict[str, str]]
    billing_mode: Literal["PAY_PER_REQUEST"]
    deletion_protection_enabled: Unused = None
    point_in_time_recovery_specification: Unused = None
    tags: Unused = None


class GlobalTable(Table):
    """`AWS::DynamoDB::GlobalTable`, for which one engine stands in all Regions."""

    multi_region_consistency: Literal["STRONG"]
    replicas: Unused
    global_table_witnesses: Unused = None
    stream_specification: Unused = None


class RestApi(Properties):
    name: str
    description: Unused = None
    endpoint_configuration: Unused = None
    tags: Unused = None


class Resource(Properties):
    rest_api_id: str
    parent_id: str
    path_part: Annotated[str, Field(pattern=r"^[^{}]+$")]


class MethodSetting(Properties):
    http_method: str
    resource_path: str
    throttling_rate_limit: float
    throttling_burst_limit: int
    caching_enabled: Literal[False] = False
    data_trace_enabled: Unused = None


class Stage(Properties):
    rest_api_id: str
    stage_name: str
    deployment_id: Unused
    method_settings: list[MethodSetting] = []
    access_log_setting: Unused = None
    tags: Unused = None
    tracing_enabled: Unused = None


class RequestValidator(Properties):
    rest_api_id: str
    validate_request_parameters: bool = False
    validate_request_body: Literal[False] = False


class IntegrationResponseProperties(Properties):
    status_code: int
    selection_pattern: re.Pattern[str] | None = None
    response_parameters: Annotated[dict[str, str], _static_headers(r"method\.response")] = {}
    response_templates: dict[str, str] = {}


class Integration(Properties):
    passthrough_behavior: Literal["NEVER"]
    request_templates: dict[str, str]
    integration_responses: list[IntegrationResponseProperties]
    timeout_in_millis: int = 29_000


class AwsIntegration(Integration):
    type: Literal["AWS"]
    uri: Annotated[str, Field(pattern=r"^arn:aws:apigateway:[^:]+:dynamodb:action/\w+$")]
    integration_http_method: Literal["POST"]
    credentials: Unused = None


class MockIntegration(Integration):
    type: Literal["MOCK"]


class Method(Properties):
    rest_api_id: str
    resource_id: str
    http_method: str
    integration: Annotated[AwsIntegration | MockIntegration, Field(discriminator="type")]
    authorization_type: Literal["NONE", "AWS_IAM"] = "NONE"
    api_key_required: bool = False
    request_parameters: dict[str, bool] = {}
    request_validator_id: str | None = None
    method_responses: Unused = None


def _check_substitutions(templates: dict[str, str]) -> dict[str, str]:
    for template in templates.values():
        if "$" in template.replace("$context.error.messageString", ""):
            raise ValueError("only $context.error.messageString is supported")
    return templates


class GatewayResponse(Properties):
    rest_api_id: str
    response_type: str
    status_code: int | None = None
    response_parameters: Annotated[dict[str, str], _static_headers("gatewayresponse")] = {}
    response_templates: Annotated[dict[str, str], AfterValidator(_check_substitutions)] = {}


class ApiKey(Properties):
    enabled: bool = False
    value: str | None = None
    stage_keys: Unused = None
    tags: Unused = None


class ApiStage(Properties):
    api_id: str
    stage: str
    throttle: Annotated[dict[str, Any], Field(max_length=0)] = {}


class UsagePlan(Properties):
    api_stages: list[ApiStage] = []
    tags: Unused = None


class UsagePlanKey(Properties):
    key_id: str
    key_type: Literal["API_KEY"]
    usage_plan_id: str


SUPPORTED_TYPES: dict[str, type[Properties]] = {
    "AWS::ApiGateway::ApiKey": ApiKey,
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
}

IGNORED_TYPES = {
    "AWS::ApiGateway::Deployment",
    "AWS::CDK::Metadata",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::Logs::LogGroup",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
}
