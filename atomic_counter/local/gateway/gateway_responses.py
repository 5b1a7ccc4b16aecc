"""Gateway responses: those of API Gateway itself, without a response of the integration.

Source: "Gateway response types" of the API Gateway developer guide.
"""

import json
from collections.abc import Mapping

from aiohttp import web

from atomic_counter.local.template import JSON_TYPE, GatewayResponse

DEFAULT_STATUS = {
    "API_CONFIGURATION_ERROR": 500,
    "BAD_REQUEST_PARAMETERS": 400,
    "DEFAULT_4XX": 400,
    "DEFAULT_5XX": 500,
    "INTEGRATION_FAILURE": 504,
    "INTEGRATION_TIMEOUT": 504,
    "INVALID_API_KEY": 403,
    "MISSING_AUTHENTICATION_TOKEN": 403,
    "REQUEST_TOO_LARGE": 413,
    "THROTTLED": 429,
    "UNSUPPORTED_MEDIA_TYPE": 415,
}
DEFAULT_TEMPLATE = '{"message":$context.error.messageString}'


class GatewayError(Exception):
    """A step refuses the request, or fails."""

    def __init__(self, response_type: str, message: str) -> None:
        super().__init__(message)
        self.response_type = response_type
        self.message = message


def gateway_response(
    error: GatewayError, customized: Mapping[str, GatewayResponse]
) -> web.Response:
    """Return the gateway response for an error.

    Args:
        error: The error.
        customized: The API's own gateway responses, by type. The type of the error comes before
            the default of its class, and that before AWS's.
    """
    default_status = DEFAULT_STATUS[error.response_type]
    default_type = f"DEFAULT_{default_status // 100}XX"
    response = customized.get(error.response_type) or customized.get(default_type)
    status, template, headers = default_status, DEFAULT_TEMPLATE, {}
    if response:
        status = response.status_code or default_status
        template = response.response_templates.get(JSON_TYPE, DEFAULT_TEMPLATE)
        headers = response.response_parameters
    body = template.replace("$context.error.messageString", json.dumps(error.message))
    return json_response(status, body, headers)


def json_response(status: int, body: str, headers: Mapping[str, str]) -> web.Response:
    """Return a response of type JSON."""
    return web.Response(
        status=status, body=body.encode(), headers={**headers, "Content-Type": JSON_TYPE}
    )
