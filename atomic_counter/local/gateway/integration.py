"""The integration: the request template, the selected response, and its template.

`variable` is `$input`. A step that fails raises GatewayError.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from atomic_counter.local.dynamodb import EngineResponse
from atomic_counter.local.gateway.gateway_responses import GatewayError, json_response
from atomic_counter.local.gateway.variables import Input, Util
from atomic_counter.local.template import JSON_TYPE, MappingTemplate, ResponseMapping, Route
from atomic_counter.tooling.errors import CommandError

log = logging.getLogger(__name__)


def integration_request(
    route: Route, content_type: str, variable: Input, context: Mapping[str, Any]
) -> str:
    """Render the request template: the body of the call of DynamoDB."""
    if content_type.partition(";")[0].strip().lower() != JSON_TYPE:
        raise GatewayError("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type")
    return _render(route.request_template, variable, context)


def mock(body: str) -> EngineResponse:
    """Return the response of a mock integration: the status in the rendered request template."""
    try:
        return EngineResponse(int(json.loads(body)["statusCode"]), "")
    except (KeyError, TypeError, ValueError):
        log.error('a mock integration needs {"statusCode": …}, got %s', body)
        raise GatewayError("API_CONFIGURATION_ERROR", "Internal server error") from None


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


def integration_response(
    selected: ResponseMapping, variable: Input, context: Mapping[str, Any]
) -> web.Response:
    """Render the response template, which may override the status and headers."""
    body = _render(selected.template, variable, context)
    override = context["responseOverride"]
    headers = {**selected.headers, **override["header"]}
    return json_response(override.get("status", selected.status), body, headers)


def _render(template: MappingTemplate, variable: Input, context: Mapping[str, Any]) -> str:
    try:
        return template.render({"input": variable, "util": Util, "context": context})
    except CommandError as error:
        log.error("%s", error)
        raise GatewayError("API_CONFIGURATION_ERROR", "Internal server error") from error
