"""Gateway responses: those of API Gateway itself, without a response of the integration.

Source: "Gateway response types" of the API Gateway developer guide.
"""

import json
from collections.abc import Mapping

from aiohttp import web
from multidict import CIMultiDict

from atomic_counter.local.cloudformation import JSON_TYPE, GatewayResponse

DEFAULTS = {
    "API_CONFIGURATION_ERROR": (500, "InternalServerErrorException"),
    "BAD_REQUEST_BODY": (400, "BadRequestException"),
    "BAD_REQUEST_PARAMETERS": (400, "BadRequestException"),
    "DEFAULT_4XX": (400, "BadRequestException"),
    "DEFAULT_5XX": (500, "InternalServerErrorException"),
    "INTEGRATION_FAILURE": (504, "InternalServerErrorException"),
    "INTEGRATION_TIMEOUT": (504, "InternalServerErrorException"),
    "INVALID_API_KEY": (403, "ForbiddenException"),
    "INVALID_SIGNATURE": (403, "IncompleteSignatureException"),
    "MISSING_AUTHENTICATION_TOKEN": (403, "MissingAuthenticationTokenException"),
    "REQUEST_TOO_LARGE": (413, "RequestTooLargeException"),
    "THROTTLED": (429, "TooManyRequestsException"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "BadRequestException"),
}
"""The status and the error type of each type of gateway response."""
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
    default_status, error_type = DEFAULTS[error.response_type]
    default_type = f"DEFAULT_{default_status // 100}XX"
    response = customized.get(error.response_type) or customized.get(default_type)
    status, template, headers = default_status, DEFAULT_TEMPLATE, {}
    if response:
        status = response.status_code or default_status
        template = response.response_templates.get(JSON_TYPE, DEFAULT_TEMPLATE)
        headers = response.response_parameters
    body = template.replace("$context.error.messageString", json.dumps(error.message))
    body = body.replace("$context.error.message", error.message)
    return json_response(status, body, {**headers, "x-amzn-ErrorType": error_type})


class _Response(web.Response):
    """A response without the header Server, which API Gateway doesn't send."""

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        self._headers.pop("Server", None)


def json_response(status: int, body: str, headers: Mapping[str, str]) -> web.Response:
    """Return a response, of type JSON unless a header says otherwise."""
    typed = CIMultiDict({"Content-Type": JSON_TYPE})
    typed.update(headers)
    return _Response(status=status, body=body.encode(), headers=typed)
