"""The gateway: the steps of a request, in order."""

import logging
import time
from dataclasses import replace
from typing import Any

from aiohttp import web

from atomic_counter.local.cloudformation import JSON_TYPE, Api, Route
from atomic_counter.local.dynamodb import Backend, ConnectionFailedError, IntegrationResult
from atomic_counter.local.gateway.context import (
    build_context,
    new_extended_request_id,
    new_request_id,
)
from atomic_counter.local.gateway.gateway_responses import GatewayError, gateway_response
from atomic_counter.local.gateway.integration import (
    integration_request,
    integration_response,
    mock,
    select_response,
)
from atomic_counter.local.gateway.method_request import (
    authorize,
    find_route,
    parse_query,
    read_body,
    validate,
    validate_body,
)
from atomic_counter.local.throttling import TokenBucket
from atomic_counter.local.velocity import Input, Util

log = logging.getLogger(__name__)


class Gateway:
    """Handles HTTP requests as the API of a template would. Stores nothing."""

    def __init__(self, api: Api, dynamodb: Backend) -> None:
        self._api = api
        self._dynamodb = dynamodb
        self._buckets = {
            route: TokenBucket(route.throttle) for route in api.routes.values() if route.throttle
        }

    async def handle(self, request: web.BaseRequest) -> web.Response:
        """Return the response to one request."""
        request_id = new_request_id()
        try:
            response = await self._invoke(request, request_id)
        except GatewayError as error:
            response = self.refuse(error)
        response.headers["x-amzn-RequestId"] = request_id
        response.headers["x-amz-apigw-id"] = new_extended_request_id()
        return response

    def refuse(self, error: GatewayError) -> web.Response:
        """Return the gateway response for an error."""
        return gateway_response(error, self._api.gateway_responses)

    async def _invoke(self, request: web.BaseRequest, request_id: str) -> web.Response:
        path, _, raw_query = request.raw_path.partition("?")
        querystring = parse_query(raw_query)

        route, path_parameters = find_route(self._api, path, request.method)
        authorize(route, request.headers, querystring, self._api.api_keys)
        self._throttle(route)
        parameters = {
            "querystring": querystring,
            "header": request.headers,
            "path": path_parameters,
        }
        validate(route, parameters)
        content_type = request.headers.get("Content-Type", JSON_TYPE)
        body = await read_body(request)
        validate_body(route, content_type, body)
        request_input = Input(body, querystring, request.headers, path_parameters)
        variables: dict[str, Any] = {
            "input": request_input,
            "util": Util,
            "context": build_context(request, request_id, self._api, route),
            "stageVariables": dict(self._api.stage_variables),
        }
        call = integration_request(route, content_type, variables)
        result = await self._integration(route, call)
        selected = select_response(route.responses, result.status)
        variables["input"] = replace(request_input, raw_body=result.body)
        rendered = integration_response(selected, variables)
        if route.action:
            rendered.headers["X-Amzn-Trace-Id"] = _trace_id(request_id)
        return rendered

    def _throttle(self, route: Route) -> None:
        bucket = self._buckets.get(route)
        if bucket and not bucket.take():
            raise GatewayError("THROTTLED", "Too Many Requests")

    async def _integration(self, route: Route, body: str) -> IntegrationResult:
        if route.action is None:
            return mock(body)
        try:
            return await self._dynamodb.call(route.action, body, route.timeout_seconds)
        except TimeoutError:
            log.warning("%s: no response in time", route.action)
            raise GatewayError("INTEGRATION_TIMEOUT", "Endpoint request timed out") from None
        except ConnectionFailedError as error:
            log.warning("%s: %s", route.action, error)
            raise GatewayError("INTEGRATION_FAILURE", "Internal server error") from None


def _trace_id(request_id: str) -> str:
    return f"Root=1-{int(time.time()):08x}-{request_id.replace('-', '')[:24]}"
