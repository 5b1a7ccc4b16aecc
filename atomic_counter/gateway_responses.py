"""The answers that API Gateway gives by itself: the contract's status, words and headers."""

from collections.abc import Mapping

from aws_cdk import aws_apigateway as apigateway

from atomic_counter.operations import INTERNAL_SERVER_ERROR, JSON


def add_gateway_responses(
    api: apigateway.RestApi, headers: Mapping[str, str], *, signed: bool
) -> None:
    """Add them to the API.

    Args:
        api: The API.
        headers: Those of every answer.
        signed: Requests must be signed. The response to an unknown path then also answers a
            missing signature, which is no 404, and stays as it is.
    """
    types = apigateway.ResponseType
    api.add_gateway_response("ClientError", type=types.DEFAULT_4_XX, response_headers=headers)
    api.add_gateway_response(
        "ServerError",
        type=types.DEFAULT_5_XX,
        status_code="500",
        response_headers=headers,
        templates={JSON: INTERNAL_SERVER_ERROR},
    )
    api.add_gateway_response(
        "Throttled",
        type=types.THROTTLED,
        response_headers={**headers, "Retry-After": "'1'"},
    )
    if not signed:
        api.add_gateway_response(
            "NotFound",
            type=types.MISSING_AUTHENTICATION_TOKEN,
            status_code="404",
            response_headers=headers,
            templates={JSON: '{"message": "Not Found"}'},
        )
