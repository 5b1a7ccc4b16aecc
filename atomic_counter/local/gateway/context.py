"""`$context`: what a mapping template can know about the request, its route and its stage."""

import base64
import secrets
import uuid
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from atomic_counter.local.cloudformation import PSEUDO_PARAMETERS, Api, Route
from atomic_counter.local.velocity import Overrides


def build_context(
    request: web.BaseRequest, request_id: str, api: Api, route: Route
) -> dict[str, Any]:
    """Return `$context` with every member that a request fills.

    Args:
        request: The HTTP request.
        request_id: Its id, which the header x-amzn-RequestId has, too.
        api: The API.
        route: The route of the request.
    """
    now = datetime.now(UTC)
    return {
        "accountId": PSEUDO_PARAMETERS["AWS::AccountId"],
        "apiId": api.api_id,
        "domainName": request.host,
        "domainPrefix": request.host.partition(".")[0],
        "extendedRequestId": new_extended_request_id(),
        "httpMethod": request.method,
        "identity": {
            "apiKey": request.headers.get("x-api-key") if route.api_key_required else None,
            "sourceIp": request.remote,
            "userAgent": request.headers.get("User-Agent"),
        },
        "path": request.path,
        "protocol": f"HTTP/{request.version.major}.{request.version.minor}",
        "requestId": request_id,
        "requestTime": f"{now:%d/%b/%Y:%H:%M:%S %z}",
        "requestTimeEpoch": int(now.timestamp() * 1000),
        "resourceId": route.resource_id,
        "resourcePath": route.resource_path or "/",
        "stage": api.stage,
        "requestOverride": {"path": {}},
        "responseOverride": Overrides(header=Overrides()),
    }


def new_request_id() -> str:
    """Return an id for a request."""
    return str(uuid.uuid4())


def new_extended_request_id() -> str:
    """Return an extended id, as the header x-amz-apigw-id has it."""
    return base64.b64encode(secrets.token_bytes(11)).decode()
