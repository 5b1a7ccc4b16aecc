"""CORS: the headers and the preflight response that web pages of another origin need.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html
"""

from collections import defaultdict
from collections.abc import Mapping

from aws_cdk import aws_apigateway as apigateway

from atomic_counter.counter.operations import operations
from atomic_counter.counter.responses import (
    JSON,
    build_integration_response,
    build_method_response,
)
from atomic_counter.options import CounterOptions

# The headers of a content type, an API key and a signature, and those that SDKs and monitoring add.
REQUEST_HEADERS = (
    "Authorization,Content-Type,X-Amz-Content-Sha256,X-Amz-Date,X-Amz-Security-Token,X-Api-Key,"
    "X-Amz-User-Agent,X-Amzn-Trace-Id,traceparent,tracestate,baggage,sentry-trace"
)
# The most that a browser accepts.
MAX_AGE_SECONDS = 7200


def cors_headers(options: CounterOptions) -> dict[str, str]:
    """Return the headers that let pages of the allowed origin read a response."""
    if options.allow_origin is None:
        return {}
    exposed = "Retry-After,Last-Number" if options.documents else "Retry-After"
    return {
        "Access-Control-Allow-Origin": f"'{options.allow_origin}'",
        "Access-Control-Expose-Headers": f"'{exposed}'",
    }


def add_preflights(
    api: apigateway.RestApi, options: CounterOptions, headers: Mapping[str, str]
) -> list[apigateway.Method]:
    """Add a method `OPTIONS` to each path, which responds to a browser's preflight request.

    Browsers send neither an API key nor a signature with it.
    """
    if options.allow_origin is None:
        return []
    preflights = []
    http_methods = defaultdict(list)
    for operation in operations(options):
        http_methods[operation.path].append(operation.http_method)
    for path, allowed in http_methods.items():
        preflight = {
            **headers,
            "Access-Control-Allow-Headers": f"'{REQUEST_HEADERS}'",
            "Access-Control-Allow-Methods": f"'{','.join(allowed)}'",
            "Access-Control-Max-Age": f"'{MAX_AGE_SECONDS}'",
        }
        method = api.root.resource_for_path(path).add_method(
            "OPTIONS",
            apigateway.MockIntegration(
                passthrough_behavior=apigateway.PassthroughBehavior.NEVER,
                request_templates={JSON: '{"statusCode": 204}'},
                integration_responses=[build_integration_response("204", preflight)],
            ),
            authorization_type=apigateway.AuthorizationType.NONE,
            api_key_required=False,
            method_responses=[build_method_response("204", preflight)],
        )
        preflights.append(method)
    return preflights
