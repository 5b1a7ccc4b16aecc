"""The REST API, its stage, and its API key."""

from typing import Any

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from atomic_counter.counter.access_logs import ACCESS_LOG_FORMAT, add_log_group
from atomic_counter.counter.operations import operations
from atomic_counter.options import CounterOptions

STAGE_NAME = "prod"


def add_api(scope: Construct, options: CounterOptions, name: str) -> apigateway.RestApi:
    """Add the API, which is deployed to the stage `prod`."""
    log = add_log_group(scope, options)
    api = apigateway.RestApi(
        scope,
        "Api",
        rest_api_name=name,
        description="Numbers that go up by one and never repeat",
        endpoint_configuration=_endpoints(options),
        cloud_watch_role=False,
        # Also of the methods that users add.
        default_method_options=_method_options(options.authorization),
        deploy_options=apigateway.StageOptions(
            stage_name=STAGE_NAME,
            tracing_enabled=options.tracing,
            access_log_destination=apigateway.LogGroupLogDestination(log) if log else None,
            access_log_format=ACCESS_LOG_FORMAT if log else None,
            # A cache that someone enables for the stage must not repeat a number. A method's own
            # settings replace those of the stage, so each method repeats the throttle.
            method_options={
                f"{operation.path}/{operation.http_method}": apigateway.MethodDeploymentOptions(
                    caching_enabled=False,
                    throttling_rate_limit=options.throttle_rate,
                    throttling_burst_limit=options.throttle_burst,
                )
                for operation in operations(options)
            },
            throttling_rate_limit=options.throttle_rate,
            throttling_burst_limit=options.throttle_burst,
        ),
    )
    if options.security_policy:
        resource = api.node.default_child
        assert isinstance(resource, apigateway.CfnRestApi)
        resource.security_policy = options.security_policy
        resource.endpoint_access_mode = "STRICT"
    # RestApi adds an output of its own, but the stack that uses the construct decides on outputs.
    api.node.try_remove_child("Endpoint")
    return api


def _method_options(authorization: Any) -> apigateway.MethodOptions:
    if not isinstance(authorization, str):
        return apigateway.MethodOptions(authorizer=authorization)
    types = apigateway.AuthorizationType
    return apigateway.MethodOptions(
        authorization_type=types.IAM if authorization == "iam" else types.NONE,
        api_key_required=authorization == "api-key",
    )


def _endpoints(options: CounterOptions) -> apigateway.EndpointConfiguration:
    if not options.vpc_endpoints:
        return apigateway.EndpointConfiguration(types=[apigateway.EndpointType.REGIONAL])
    return apigateway.EndpointConfiguration(
        types=[apigateway.EndpointType.PRIVATE], vpc_endpoints=[*options.vpc_endpoints]
    )


def add_api_key(
    api: apigateway.RestApi,
) -> tuple[apigateway.IApiKey, apigateway.UsagePlan]:
    """Add an API key, and the usage plan that accepts it in the stage."""
    plan = api.add_usage_plan("UsagePlan")
    plan.add_api_stage(stage=api.deployment_stage)
    key = api.add_api_key("ApiKey")
    plan.add_api_key(key)
    return key, plan
