"""The responses of API Gateway itself, with the contract's status, message and headers."""

from collections.abc import Mapping

from aws_cdk import aws_apigateway as apigateway

from atomic_counter.counter.responses import INTERNAL_SERVER_ERROR, JSON
from atomic_counter.options import CounterOptions

LIST_RULE = "the body must be a JSON array of 1 to 99 different documentKeys, which are strings"


def add_gateway_responses(
    api: apigateway.RestApi, headers: Mapping[str, str], options: CounterOptions
) -> None:
    """Add the gateway responses to the API.

    API Gateway has one response for an unknown path and for a missing signature, so it keeps its
    403 if requests must be signed. By default, the response to a missing permission contains the
    API's ARN.
    """
    types = apigateway.ResponseType
    api.add_gateway_response("ClientError", type=types.DEFAULT_4_XX, response_headers=headers)
    api.add_gateway_response(
        "ServerError",
        type=types.DEFAULT_5_XX,  # CloudWatch would count a changed status as a 4xx.
        response_headers=headers,
        templates={JSON: INTERNAL_SERVER_ERROR},
    )
    api.add_gateway_response(
        "Throttled",
        type=types.THROTTLED,
        response_headers={**headers, "Retry-After": "'1'"},
    )
    if options.documents:
        api.add_gateway_response(
            "WrongList",
            type=types.BAD_REQUEST_BODY,
            response_headers=headers,
            templates={JSON: f'{{"message": "{LIST_RULE}"}}'},
        )
    if options.authorization not in ("none", "api-key") or options.vpc_endpoints:
        api.add_gateway_response(
            "AccessDenied",
            type=types.ACCESS_DENIED,
            response_headers=headers,
            templates={JSON: '{"message": "Forbidden"}'},
        )
    if options.authorization != "iam":
        api.add_gateway_response(
            "NotFound",
            type=types.MISSING_AUTHENTICATION_TOKEN,
            status_code="404",
            response_headers=headers,
            templates={JSON: '{"message": "Not Found"}'},
        )
