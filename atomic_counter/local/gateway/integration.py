"""The integration: the request template, the selected response, and its template.

`variables` are those of a mapping template, by name. A step that fails raises GatewayError.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web
from multidict import CIMultiDict

from atomic_counter.local.cloudformation import ResponseMapping, Route
from atomic_counter.local.dynamodb import IntegrationResult
from atomic_counter.local.gateway.gateway_responses import GatewayError, json_response
from atomic_counter.local.gateway.method_request import base_type
from atomic_counter.local.velocity import InvalidBodyError, VelocityError, to_text

STATUSES = range(200, 600)

log = logging.getLogger(__name__)


def integration_request(route: Route, content_type: str, variables: Mapping[str, Any]) -> str:
    """Return the body of the call of DynamoDB.

    The request template of the content type renders it. Without one, the body of the request is
    passed through or refused.
    """
    templates = route.request_templates
    template = templates.get(base_type(content_type))
    if template:
        try:
            return template.render(variables)
        except InvalidBodyError:
            raise GatewayError("DEFAULT_4XX", "Invalid JSON in request body") from None
        except VelocityError as error:
            raise _configuration_error(error) from error
    if route.passthrough == "NEVER" or (route.passthrough == "WHEN_NO_TEMPLATES" and templates):
        raise GatewayError("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type")
    return str(variables["input"].body)


def mock(body: str) -> IntegrationResult:
    """Return the response of a mock integration: the status in the rendered request template.

    Its name and value can be without quotes, as in the CDK's preflight.
    """
    found = re.fullmatch(
        r"""\s*\{.*?["']?statusCode["']?\s*:\s*["']?(\d{3})\b.*\}\s*""", body, re.S
    )
    if not found:
        log.error('a mock integration needs {"statusCode": …}, got %s', body)
        raise GatewayError("API_CONFIGURATION_ERROR", "Internal server error")
    return IntegrationResult(int(found[1]), "")


def select_response(responses: Sequence[ResponseMapping], status: int) -> ResponseMapping:
    """Return the response whose pattern matches the whole status, or else the default."""
    default = None
    for response in responses:
        if response.selection_pattern is None:
            default = response
        elif response.selection_pattern.fullmatch(str(status)):
            return response
    if default is None:
        raise GatewayError("API_CONFIGURATION_ERROR", "Internal server error")
    return default


def integration_response(selected: ResponseMapping, variables: Mapping[str, Any]) -> web.Response:
    """Render the response template, which may override the status and headers.

    Without a template, the body of the integration is passed through.
    """
    template = selected.template
    try:
        body = template.render(variables) if template else variables["input"].raw_body
    except VelocityError as error:
        raise _configuration_error(error) from error
    override = variables["context"]["responseOverride"]
    status = override.get("status", selected.status)
    headers = CIMultiDict({**selected.headers})
    for name, value in override["header"].items():
        headers[name] = to_text(value)
    is_status = isinstance(status, int) and status in STATUSES
    if not is_status or any("\n" in value or "\r" in value for value in headers.values()):
        log.error("the status or a header can't be overridden: %r, %r", status, dict(headers))
        raise GatewayError("API_CONFIGURATION_ERROR", "Internal server error")
    return json_response(status, body, headers)


def _configuration_error(error: VelocityError) -> GatewayError:
    log.error("mapping template: %s", error)
    return GatewayError("API_CONFIGURATION_ERROR", "Internal server error")
