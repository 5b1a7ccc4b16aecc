"""`$context`: what a mapping template can know about the request, its route and its stage."""

import base64
import secrets
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from atomic_counter.local.gateway.variables import Overrides
from atomic_counter.local.template import Api, Route
from atomic_counter.local.template.intrinsics import PSEUDO_PARAMETERS


class Context(dict[str, Any]):
    """`$context`, most of whose members are computed only if a template uses them.

    Args:
        request: The HTTP request.
        request_id: Its id, which the header x-amzn-RequestId has, too.
        api: The API.
        route: The route of the request.
    """

    def __init__(self, request: web.BaseRequest, request_id: str, api: Api, route: Route) -> None:
        super().__init__(
            requestId=request_id,
            responseOverride=Overrides(header=Overrides()),
            requestOverride={"path": {}},
            stageVariables=dict(api.stage_variables),
        )
        self.request = request
        self.api = api
        self.route = route

    def __missing__(self, name: str) -> Any:
        """Compute a member."""
        value = self[name] = MEMBERS[name](self)
        return value


def _time(context: Context) -> datetime:
    now: datetime = context.setdefault("now", datetime.now(UTC))
    return now


def _identity(context: Context) -> dict[str, str | None]:
    headers = context.request.headers
    return {
        "apiKey": headers.get("x-api-key") if context.route.api_key_required else None,
        "sourceIp": context.request.remote,
        "userAgent": headers.get("User-Agent"),
    }


MEMBERS: Mapping[str, Callable[[Context], Any]] = {
    "accountId": lambda _: PSEUDO_PARAMETERS["AWS::AccountId"],
    "apiId": lambda context: context.api.api_id,
    "authorizer": lambda _: {},
    "domainName": lambda context: context.request.host,
    "domainPrefix": lambda context: context.request.host.partition(".")[0],
    "extendedRequestId": lambda _: extended_request_id(),
    "httpMethod": lambda context: context.request.method,
    "identity": _identity,
    "path": lambda context: context.request.path,
    "protocol": lambda context: (
        f"HTTP/{context.request.version.major}.{context.request.version.minor}"
    ),
    "requestTime": lambda context: f"{_time(context):%d/%b/%Y:%H:%M:%S %z}",
    "requestTimeEpoch": lambda context: int(_time(context).timestamp() * 1000),
    "resourceId": lambda context: context.route.resource_id,
    "resourcePath": lambda context: context.route.resource_path or "/",
    "stage": lambda context: context.api.stage,
}


def new_request_id() -> str:
    """Return an id for a request."""
    return str(uuid.uuid4())


def extended_request_id() -> str:
    """Return an extended id, as the header x-amz-apigw-id has it."""
    return base64.b64encode(secrets.token_bytes(11)).decode()
