"""The method request: finds the route, checks the authorization, and validates the parameters.

A step that refuses the request raises GatewayError.
"""

import json
import logging
import re
import zlib
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote

from aiohttp import web

from atomic_counter.local.cloudformation import Api, Route
from atomic_counter.local.gateway.gateway_responses import GatewayError

# API Gateway accepts a payload of 10 MB.
MAX_PAYLOAD_BYTES = 10 * 1024 * 1024
FORM = "application/x-www-form-urlencoded"

log = logging.getLogger(__name__)


def parse_query(raw: str) -> dict[str, str]:
    """Return the decoded parameters of a query string. The last value of a name counts."""
    return dict(
        parse_qsl(raw.replace(";", "&"), keep_blank_values=True, encoding="utf-8", errors="replace")
    )


def find_route(api: Api, path: str, http_method: str) -> tuple[Route, dict[str, str]]:
    """Return the route of this path and HTTP method, and the path parameters.

    A trailing slash and doubled slashes change nothing.
    """
    if "//" in path or path.endswith("/"):
        path = re.sub("/+", "/", path).rstrip("/")
    found = api.find(path, http_method)
    if found is None:
        raise GatewayError("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token")
    route, parameters = found
    return route, {name: unquote(value) for name, value in parameters.items()}


def authorize(
    route: Route,
    headers: Mapping[str, str],
    querystring: Mapping[str, str],
    api_keys: frozenset[str],
) -> None:
    """Check that the request has the signature and the API key that the route requires.

    The signature isn't verified. AWS fails to verify that of a form whose URL has a query string.
    """
    signature = headers.get("Authorization", "") + querystring.get("X-Amz-Algorithm", "")
    if route.requires_signature and not signature.startswith("AWS4-HMAC-SHA256"):
        raise GatewayError("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token")
    if (
        route.requires_signature
        and querystring
        and base_type(headers.get("Content-Type", "")) == FORM
    ):
        raise GatewayError("INVALID_SIGNATURE", "AWS refuses a signed form with a query string")
    if route.api_key_required and headers.get("x-api-key") not in api_keys:
        raise GatewayError("INVALID_API_KEY", "Forbidden")


def validate(route: Route, parameters: Mapping[str, Mapping[str, str]]) -> None:
    """Check that the required parameters are present and not empty."""
    missing = [name for place, name in route.required if not parameters[place].get(name)]
    if missing:
        raise GatewayError(
            "BAD_REQUEST_PARAMETERS",
            f"Missing required request parameters: [{', '.join(missing)}]",
        )


def validate_body(route: Route, content_type: str, body: str) -> None:
    """Check that the body is as the model of its content type says, if there is one."""
    check = route.body_checks.get(base_type(content_type))
    if check is None:
        return
    try:
        check(json.loads(body))
    except (ValueError, RecursionError):
        raise GatewayError("BAD_REQUEST_BODY", "Invalid request body") from None


def base_type(content_type: str) -> str:
    """Return a content type without its parameters, such as a charset."""
    return content_type.partition(";")[0].strip().lower()


async def read_body(request: web.BaseRequest) -> str:
    """Return the body as text."""
    if request.headers.get("Expect", "").lower() == "100-continue" and request.transport:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise GatewayError("REQUEST_TOO_LARGE", "Request Too Long") from None
    except ConnectionError as error:
        log.debug("the body is incomplete: %s", error)
        raise GatewayError("DEFAULT_4XX", "Bad Request") from None
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding != "identity":
        body = _decode(body, encoding)
    return body.decode(errors="replace")


def _decode(body: bytes, encoding: str) -> bytes:
    """Return the decoded body, which must be complete gzip and no longer than any body."""
    decoder = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        decoded = decoder.decompress(body, MAX_PAYLOAD_BYTES)
    except zlib.error:
        decoded = b""
    if encoding != "gzip" or not decoder.eof:
        raise GatewayError("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type")
    return decoded
