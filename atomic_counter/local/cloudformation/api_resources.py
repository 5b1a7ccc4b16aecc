"""The resources of API Gateway."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from atomic_counter.local.cloudformation.properties import (
    Properties,
    Unused,
    refused,
    static_headers,
)

GATEWAY_RESPONSE_TYPES = (
    *("ACCESS_DENIED", "API_CONFIGURATION_ERROR", "AUTHORIZER_CONFIGURATION_ERROR"),
    *("AUTHORIZER_FAILURE", "BAD_REQUEST_BODY", "BAD_REQUEST_PARAMETERS", "DEFAULT_4XX"),
    *("DEFAULT_5XX", "EXPIRED_TOKEN", "INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT"),
    *("INVALID_API_KEY", "INVALID_SIGNATURE", "MISSING_AUTHENTICATION_TOKEN", "QUOTA_EXCEEDED"),
    *("REQUEST_TOO_LARGE", "RESOURCE_NOT_FOUND", "THROTTLED", "UNAUTHORIZED"),
    *("UNSUPPORTED_MEDIA_TYPE", "WAF_FILTERED"),
)


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


class StageSettings(Properties):
    """What a stage has, whether a deployment makes it or not."""

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


class StageDescription(StageSettings, MethodSetting):
    """The stage of a deployment."""


class Stage(StageSettings):
    rest_api_id: str
    stage_name: str
    deployment_id: Unused = None


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
    response_parameters: Annotated[dict[str, str], static_headers("gatewayresponse")] = {}
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
