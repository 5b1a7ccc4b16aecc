"""The way of a request through API Gateway, step by step, with AWS's names for the steps."""

import json
import logging
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from atomic_counter.local import LocalError
from atomic_counter.local.dynamodb import Answer, Backend, ConnectionFailedError
from atomic_counter.local.gateway import responses
from atomic_counter.local.gateway.references import Input, Overrides, Util
from atomic_counter.local.gateway.responses import GatewayError
from atomic_counter.local.template import JSON, Api, IntegrationResponse, Route, Template
from atomic_counter.local.throttling import TokenBucket

log = logging.getLogger(__name__)


class Gateway:
    """Answers HTTP requests as the API of a template would. Keeps no counts."""

    def __init__(self, api: Api, dynamodb: Backend) -> None:
        self._api = api
        self._dynamodb = dynamodb
        self._buckets = {
            route: TokenBucket(route.throttle) for route in api.routes.values() if route.throttle
        }

    async def handle(self, request: web.BaseRequest) -> web.Response:
        """Answer one request."""
        try:
            return await self._invoke(request)
        except GatewayError as error:
            return self.refuse(error)

    def refuse(self, error: GatewayError) -> web.Response:
        """The answer to an error, by the API's gateway responses."""
        answer = responses.answer(error, self._api.gateway_responses)
        return _response(answer.status, answer.body, answer.headers)

    async def _invoke(self, request: web.BaseRequest) -> web.Response:
        path, _, raw_query = request.raw_path.partition("?")
        querystring = parse_query(raw_query)

        route = find_route(self._api, path, request.method)
        authorize(route, request.headers, querystring, self._api.api_keys)
        self._throttle(route)
        validate(route, querystring)
        context = self._context(route)
        content_type = request.headers.get("Content-Type", JSON)
        given = Input(await _body(request), querystring, request.headers)
        body = integration_request(route, content_type, given, context)
        answer = await self._integration(route, body)
        chosen = select_response(route.integration_responses, answer.status)
        return integration_response(chosen, given.answered(answer.body), context)

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

    async def _integration(self, route: Route, body: str) -> Answer:
        if route.action is None:
            return mock(body)
        try:
            return await self._dynamodb.call(route.action, body, route.timeout_seconds)
        except TimeoutError:
            log.warning("%s: no answer in time", route.action)
            raise GatewayError("INTEGRATION_TIMEOUT", "Endpoint request timed out") from None
        except ConnectionFailedError as error:
            log.warning("%s: %s", route.action, error)
            raise GatewayError("INTEGRATION_FAILURE", "Internal server error") from None


def parse_query(raw: str) -> dict[str, str]:
    """The parameters of a query string, decoded; of a repeated one the last."""
    return dict(
        parse_qsl(raw.replace(";", "&"), keep_blank_values=True, encoding="utf-8", errors="replace")
    )


def find_route(api: Api, path: str, http_method: str) -> Route:
    """The route of this path and HTTP method."""
    route = api.routes.get((path, http_method))
    if route is None:
        raise GatewayError("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token")
    return route


def authorize(
    route: Route,
    headers: Mapping[str, str],
    querystring: Mapping[str, str],
    api_keys: frozenset[str],
) -> None:
    """See that the request is signed, not by whom, and has an API key, where these are needed."""
    signature = headers.get("Authorization", "") + querystring.get("X-Amz-Algorithm", "")
    if route.signed and not signature.startswith("AWS4-HMAC-SHA256"):
        raise GatewayError("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token")
    if route.api_key_required and headers.get("x-api-key") not in api_keys:
        raise GatewayError("INVALID_API_KEY", "Forbidden")


def validate(route: Route, querystring: Mapping[str, str]) -> None:
    """See that the required parameters are there and not empty."""
    missing = [name for name in route.required_querystring if not querystring.get(name)]
    if missing:
        raise GatewayError(
            "BAD_REQUEST_PARAMETERS",
            f"Missing required request parameters: [{', '.join(missing)}]",
        )


def integration_request(
    route: Route, content_type: str, given: Input, context: Mapping[str, Any]
) -> str:
    """Turn the request into the body for DynamoDB; without a template for it there is none."""
    if content_type.partition(";")[0].strip().lower() != JSON:
        raise GatewayError("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type")
    return _render(route.request_template, {"input": given, "util": Util, "context": context})


def mock(body: str) -> Answer:
    """The answer of a mock integration: the status that the request template asks for."""
    try:
        return Answer(int(json.loads(body)["statusCode"]), "")
    except (KeyError, TypeError, ValueError):
        log.error('a mock integration needs {"statusCode": …}, got %s', body)
        raise GatewayError("API_CONFIGURATION_ERROR", "Internal server error") from None


def select_response(responses: tuple[IntegrationResponse, ...], status: int) -> IntegrationResponse:
    """The response whose pattern matches the whole status, else the one without a pattern."""
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
    chosen: IntegrationResponse, answer: Input, context: Mapping[str, Any]
) -> web.Response:
    """Turn DynamoDB's answer into ours; the template may override status and headers."""
    body = _render(chosen.template, {"input": answer, "util": Util, "context": context})
    override = context["responseOverride"]
    return _response(
        override.get("status", chosen.status), body, {**chosen.headers, **override["header"]}
    )


def _render(template: Template, references: Mapping[str, Any]) -> str:
    try:
        return template.render(references)
    except LocalError as error:
        log.error("%s", error)
        raise GatewayError("API_CONFIGURATION_ERROR", "Internal server error") from error


async def _body(request: web.BaseRequest) -> str:
    try:
        return (await request.read()).decode(errors="replace")
    except web.HTTPRequestEntityTooLarge:
        raise GatewayError("REQUEST_TOO_LARGE", "Request Too Long") from None


def _response(status: int, body: str, headers: Mapping[str, str]) -> web.Response:
    return web.Response(
        status=status, body=body.encode(), headers={**headers, "Content-Type": JSON}
    )
