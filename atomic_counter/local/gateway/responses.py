"""API Gateway's own answers: those it gives when a request does not reach DynamoDB or comes
back without an answer. Source: "Gateway response types" of the API Gateway developer guide.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from atomic_counter.local.template import JSON, GatewayResponse

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
    """A step of the gateway refuses the request or cannot answer it.

    Args:
        response_type: The gateway response that answers, such as `UNSUPPORTED_MEDIA_TYPE`.
        message: What `$context.error.message` is in its template.
    """

    def __init__(self, response_type: str, message: str) -> None:
        super().__init__(message)
        self.response_type = response_type
        self.message = message


@dataclass(frozen=True)
class Answer:
    status: int
    body: str
    headers: Mapping[str, str]


def answer(error: GatewayError, customised: Mapping[str, GatewayResponse]) -> Answer:
    """The answer to `error`: by the response customised for its type or its class, or AWS's."""
    default_status = DEFAULT_STATUS[error.response_type]
    default_class = f"DEFAULT_{default_status // 100}XX"
    response = customised.get(error.response_type) or customised.get(default_class)
    if response is None:
        return Answer(default_status, _substitute(DEFAULT_TEMPLATE, error), {})
    template = response.response_templates.get(JSON, DEFAULT_TEMPLATE)
    return Answer(
        status=response.status_code or default_status,
        body=_substitute(template, error),
        headers=response.response_parameters,
    )


def _substitute(template: str, error: GatewayError) -> str:
    return template.replace("$context.error.messageString", json.dumps(error.message))
