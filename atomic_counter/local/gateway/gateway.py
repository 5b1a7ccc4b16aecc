"""The gateway: the steps of a request, in order."""

import logging
import uuid
from typing import Any

from aiohttp import web

from atomic_counter.local.dynamodb import Backend, ConnectionFailedError, EngineResponse
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
)
from atomic_counter.local.gateway.variables import Input, Overrides
from atomic_counter.local.template import JSON_TYPE, Api, Route
from atomic_counter.local.throttling import TokenBucket

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
        try:
            return await self._invoke(request)
        except GatewayError as error:
            return self.refuse(error)

    def refuse(self, error: GatewayError) -> web.Response:
        """Return the gateway response for an error."""
        return gateway_response(error, self._api.gateway_responses)

    async def _invoke(self, request: web.BaseRequest) -> web.Response:
        path, _, raw_query = request.raw_path.partition("?")
        querystring = parse_query(raw_query)

        route = find_route(self._api, path, request.method)
        authorize(route, request.headers, querystring, self._api.api_keys)
        self._throttle(route)
        validate(route, querystring)
        context = self._context(route)
        content_type = request.headers.get("Content-Type", JSON_TYPE)
        variable = Input(await read_body(request), querystring, request.headers)
        body = integration_request(route, content_type, variable, context)
        response = await self._integration(route, body)
        selected = select_response(route.responses, response.status)
        return integration_response(selected, variable.with_response(response.body), context)

    def _context(self, route: Route) -> dict[str, Any]:
        return {
            "requestId": str(uuid.uuid4()),
            "stage": self._api.stage,
            "httpMethod": route.http_method,
            "resourcePath": route.resource_path,
            "responseOverride": Overrides(header=Overrides()),
        }

    def _throttle(self, route: Route) -> None:
        bucket = self._buckets.get(route)
        if bucket and not bucket.take():
            raise GatewayError("THROTTLED", "Too Many Requests")

    async def _integration(self, route: Route, body: str) -> EngineResponse:
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
