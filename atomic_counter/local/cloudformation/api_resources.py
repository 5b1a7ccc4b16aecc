"""The resources of API Gateway."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from atomic_counter.local.cloudformation.properties import (
    Properties,
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


class AllowStatement(Properties):
    """Whom a resource policy allows: here everyone, as no signature is verified."""

    unused = "Action Principal Resource Sid"
    effect: Literal["Allow"]


def _without_refusal_of_other_networks(statements: Any) -> Any:
    """Drop what refuses everyone outside the network of a private API: here everyone is in it."""
    outside = {"StringNotEquals": "aws:SourceVpce"}
    return [
        each
        for each in statements
        if each.get("Effect") != "Deny"
        or {name: " ".join(keys) for name, keys in each.get("Condition", {}).items()} != outside
    ]


class ResourcePolicy(Properties):
    unused = "Id Version"
    statement: Annotated[list[AllowStatement], BeforeValidator(_without_refusal_of_other_networks)]


class RestApi(Properties):
    unused = (
        "Description EndpointAccessMode EndpointConfiguration FailOnWarnings Mode Parameters "
        "SecurityPolicy Tags"
    )
    name: str | None = None
    api_key_source_type: Literal["HEADER"] = "HEADER"
    binary_media_types: Annotated[Any, refused("must be empty: every body is a text")] = None
    body: Annotated[Any, refused(NO_OPENAPI)] = None
    body_s3_location: Annotated[Any, refused(NO_OPENAPI), Field(alias="BodyS3Location")] = None
    clone_from: Annotated[Any, refused("isn't supported")] = None
    disable_execute_api_endpoint: Literal[False] = False
    minimum_compression_size: Annotated[
        Any, refused("isn't supported: no response is compressed")
    ] = None
    policy: ResourcePolicy | None = None


class Resource(Properties):
    rest_api_id: str
    parent_id: str
    path_part: str


class MethodSetting(Properties):
    unused = "CacheDataEncrypted CacheTtlInSeconds DataTraceEnabled LoggingLevel MetricsEnabled"
    http_method: str = "*"
    resource_path: str = "/*"
    throttling_rate_limit: float | None = None
    throttling_burst_limit: int | None = None
    caching_enabled: Literal[False] = False


class StageSettings(Properties):
    """What a stage has, whether a deployment makes it or not."""

    unused = (
        "AccessLogSetting CacheClusterSize ClientCertificateId Description "
        "DocumentationVersion Tags TracingEnabled"
    )
    cache_cluster_enabled: Literal[False] = False
    canary_setting: Annotated[Any, refused("isn't supported")] = None
    method_settings: list[MethodSetting] = []
    variables: dict[str, str] = {}


class StageDescription(StageSettings, MethodSetting):
    """The stage of a deployment."""


class Stage(StageSettings):
    unused = "DeploymentId"
    rest_api_id: str
    stage_name: str


class Deployment(Properties):
    """A deployment, which makes a stage if it names one."""

    unused = "DeploymentCanarySettings Description"
    rest_api_id: str
    stage_name: str | None = None
    stage_description: StageDescription = StageDescription()


class RequestValidator(Properties):
    unused = "Name"
    rest_api_id: str
    validate_request_parameters: bool = False
    validate_request_body: bool = False


class Model(Properties):
    unused = "Description"
    rest_api_id: str
    content_type: str
    # The name `schema` is taken by pydantic.
    json_schema: Annotated[dict[str, Any], Field(alias="Schema")] = {}
    name: str | None = None


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
    unused = "CustomerId Description GenerateDistinctId Name StageKeys Tags"
    enabled: bool = False
    value: str | None = None


class ApiStage(Properties):
    api_id: str
    stage: str
    throttle: Annotated[dict[str, Any], Field(max_length=0)] = {}


class UsagePlan(Properties):
    unused = "Description Tags UsagePlanName"
    api_stages: list[ApiStage] = []
    quota: Annotated[Any, refused("isn't supported: requests aren't counted by day or month")] = (
        None
    )
    throttle: Annotated[Any, refused("isn't supported")] = None


class UsagePlanKey(Properties):
    key_id: str
    key_type: Literal["API_KEY"]
    usage_plan_id: str
