"""What pages of another origin need of an API (CORS): headers, and an answer to `OPTIONS`.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html
"""

from collections import defaultdict
from collections.abc import Mapping

from aws_cdk import aws_apigateway as apigateway

from atomic_counter.operations import JSON, OPERATIONS

# What a request of ours may have: its type, an API key, a signature.
REQUEST_HEADERS = (
    "Authorization,Content-Type,X-Amz-Content-Sha256,X-Amz-Date,X-Amz-Security-Token,X-Api-Key"
)
# As long as a browser remembers it at most.
MAX_AGE_SECONDS = 7200


def cors_headers(allow_origin: str | None) -> dict[str, str]:
    """The headers with which every answer lets pages of `allow_origin` read it."""
    if allow_origin is None:
        return {}
    return {
        "Access-Control-Allow-Origin": f"'{allow_origin}'",
        "Access-Control-Expose-Headers": "'Retry-After'",
    }


def add_preflights(api: apigateway.RestApi, headers: Mapping[str, str]) -> None:
    """Answer a browser that asks, before a page's request, whether it may send that.

    Args:
        api: The API; it gets a method `OPTIONS` on each path, which needs neither API key nor
            signature, as browsers send none.
        headers: Those of every answer.
    """
    http_methods = defaultdict(list)
    for operation in OPERATIONS:
        http_methods[operation.path].append(operation.http_method)
    for path, allowed in http_methods.items():
        preflight = {
            **headers,
            "Access-Control-Allow-Headers": f"'{REQUEST_HEADERS}'",
            "Access-Control-Allow-Methods": f"'{','.join(allowed)}'",
            "Access-Control-Max-Age": f"'{MAX_AGE_SECONDS}'",
        }
        parameters = {f"method.response.header.{name}": value for name, value in preflight.items()}
        api.root.resource_for_path(path).add_method(
            "OPTIONS",
            apigateway.MockIntegration(
                passthrough_behavior=apigateway.PassthroughBehavior.NEVER,
                request_templates={JSON: '{"statusCode": 204}'},
                integration_responses=[
                    apigateway.IntegrationResponse(
                        status_code="204", response_parameters=parameters
                    )
                ],
            ),
            authorization_type=apigateway.AuthorizationType.NONE,
            api_key_required=False,
            method_responses=[
                apigateway.MethodResponse(
                    status_code="204", response_parameters=dict.fromkeys(parameters, True)
                )
            ],
        )
