"""Requests over HTTP have the responses of API Gateway."""

import asyncio
import gzip
import json
import re
from dataclasses import replace
from http.client import HTTPResponse
from io import BytesIO
from typing import Any

import pytest

from atomic_counter.local.cloudformation import JSON_TYPE, Api, ResponseMapping, Route
from atomic_counter.local.dynamodb import IntegrationResult
from atomic_counter.local.gateway import Gateway, Server
from atomic_counter.local.velocity import MappingTemplate
from tests.unit.local.gateway.test_gateway import API, ROUTE

GET = "GET {path} HTTP/1.1\r\nHost: api.example.com\r\nUser-Agent: me\r\n{more}\r\n{body}"


class Engine:
    """A backend that returns its requests."""

    async def call(self, action: str, body: str, timeout_seconds: float = 29) -> IntegrationResult:  # noqa: ARG002 (a backend's form)
        return IntegrationResult(200, json.dumps({"action": action, "got": body}))


def echo(
    request: str | None = "$input.params('id')",
    response: str | None = "$input.path('$.got')",
    **changes: Any,
) -> Route:
    """Return a route whose response is its rendered request template."""
    mapping = ResponseMapping(
        200, None, changes.pop("headers", {}), MappingTemplate(response) if response else None
    )
    fields: dict[str, Any] = {
        "required": (),
        "request_templates": {JSON_TYPE: MappingTemplate(request)} if request is not None else {},
        "responses": (mapping,),
        **changes,
    }
    return replace(ROUTE, **fields)


def api(*routes: tuple[str, str, Route]) -> Api:
    return replace(API, routes={(path, method): route for path, method, route in routes})


async def send(served: Api, request: bytes, pause: int | None = None) -> tuple[bytes, bytes]:
    """Send a request, with a pause after some bytes; return what came before and after it."""
    async with asyncio.timeout(60):
        server = Server(Gateway(served, Engine()))
        listener = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
        async with listener:
            reader, writer = await asyncio.open_connection(*listener.sockets[0].getsockname())
            first = b""
            if pause is not None:
                writer.write(request[:pause])
                first = await reader.readuntil(b"\r\n\r\n")
                request = request[pause:]
            writer.write(request)
            response = await reader.read()
            writer.close()
            await writer.wait_closed()
        await server.shutdown()
    return first, response


class Sent:
    """A response over HTTP."""

    def __init__(
        self, served: Api, path: str, *headers: str, method: str = "GET", body: bytes = b""
    ) -> None:
        lengths = [f"Content-Length: {len(body)}"] if body else []
        lines = "".join(f"{line}\r\n" for line in [*headers, *lengths, "Connection: close"])
        text = GET.format(path=path, more=lines, body="").replace("GET", method, 1)
        _, raw = asyncio.run(send(served, text.encode() + body))

        class Socket:
            def makefile(self, _: str) -> BytesIO:
                return BytesIO(raw)

        response = HTTPResponse(Socket())  # type: ignore[arg-type]
        response.begin()
        self.status, self.headers = response.status, response.headers
        self.text = response.read().decode()


ONE = api(("/s/a", "GET", echo()))


@pytest.mark.parametrize("path", ["/s/a", "/s/a/", "/s//a", "//s/a", "/s/a//", "/s/a/?id="])
def test_trailing_and_doubled_slashes_change_nothing(path: str) -> None:
    assert Sent(ONE, path).status == 200


def test_root_resource_is_served() -> None:
    served = api(("/s", "GET", echo("root")))
    assert [Sent(served, path).text for path in ("/s", "/s/")] == ["root", "root"]


def test_any_method_matches_every_method_that_has_no_route_of_its_own() -> None:
    served = api(("/s/a", "GET", echo("get")), ("/s/a", "ANY", echo("any")))
    found = [Sent(served, "/s/a", method=method).text for method in ("GET", "POST", "DELETE")]
    assert found == ["get", "any", "any"]


@pytest.mark.parametrize(
    ("path", "text"),
    [("/s/x%2Fy%20z", "x/y z"), ("/s/literal", "literal"), ("/s/7/", "7"), ("/s/7?id=8", "7")],
)
def test_path_parameter_is_decoded_and_comes_first(path: str, text: str) -> None:
    served = api(("/s/{id}", "GET", echo()), ("/s/literal", "GET", echo("literal")))
    assert Sent(served, path).text == text


@pytest.mark.parametrize(
    ("passthrough", "templates", "status"),
    [
        ("NEVER", True, 415),
        ("NEVER", False, 415),
        ("WHEN_NO_TEMPLATES", True, 415),
        ("WHEN_NO_TEMPLATES", False, 200),
        ("WHEN_NO_MATCH", True, 200),
        ("WHEN_NO_MATCH", False, 200),
    ],
)
def test_body_without_a_template_is_passed_through_as_the_behavior_says(
    passthrough: str, templates: bool, status: int
) -> None:
    route = echo("{}" if templates else None, passthrough=passthrough)
    sent = Sent(
        api(("/s/a", "POST", route)), "/s/a", "Content-Type: text/x", method="POST", body=b"me"
    )
    assert (sent.status, sent.text) == (status, "me") or status == sent.status == 415


def test_request_template_is_selected_by_content_type() -> None:
    templates = {JSON_TYPE: MappingTemplate("json"), "text/plain": MappingTemplate("text")}
    served = api(("/s/a", "POST", echo(request_templates=templates)))
    types = ("text/plain; charset=utf-8", "Application/JSON")
    found = [
        Sent(served, "/s/a", f"Content-Type: {each}", method="POST", body=b"{}").text
        for each in types
    ]
    assert found == ["text", "json"]


def test_response_without_a_template_is_the_body_of_the_integration() -> None:
    sent = Sent(api(("/s/a", "GET", echo("x", None))), "/s/a")
    assert json.loads(sent.text) == {"action": "UpdateItem", "got": "x"}


def test_context_has_the_values_of_the_request() -> None:
    members = [
        *("httpMethod", "path", "protocol", "resourcePath", "stage", "domainName"),
        *("domainPrefix", "apiId", "accountId", "identity.sourceIp", "identity.userAgent"),
    ]
    template = ";".join(f"$context.{member}" for member in members)
    assert Sent(api(("/s/a", "GET", echo(template))), "/s/a?b=c").text.split(";") == [
        *("GET", "/s/a", "HTTP/1.1", "/a", "s", "api.example.com", "api", "i", "000000000000"),
        *("127.0.0.1", "me"),
    ]


def test_context_has_times_and_ids() -> None:
    template = "$context.requestTime;$context.requestTimeEpoch;$context.requestId"
    sent = Sent(api(("/s/a", "GET", echo(template))), "/s/a")
    time, epoch, request_id = sent.text.split(";")
    assert re.fullmatch(r"\d{2}/[A-Z][a-z]{2}/\d{4}:\d{2}:\d{2}:\d{2} \+0000", time)
    assert re.fullmatch(r"\d{13}", epoch)
    assert request_id == sent.headers["x-amzn-RequestId"]


def test_value_that_the_request_template_sets_can_be_read_in_the_response() -> None:
    served = api(
        (
            "/s/a",
            "GET",
            echo(
                "#set($context.requestOverride.path.x = 'kept')",
                "$context.requestOverride.path.x",
            ),
        )
    )
    assert Sent(served, "/s/a").text == "kept"


def test_response_of_an_integration_has_the_headers_of_aws() -> None:
    headers = Sent(ONE, "/s/a").headers
    assert {"x-amzn-RequestId", "x-amz-apigw-id", "X-Amzn-Trace-Id"} <= set(headers)
    assert not {"Server", "x-amzn-ErrorType"} & set(headers)


def test_response_of_a_mock_has_no_trace_id() -> None:
    mocked = Sent(api(("/s/a", "GET", echo('{"statusCode": 200}', "mocked", action=None))), "/s/a")
    assert (mocked.status, mocked.text) == (200, "mocked")
    assert {"x-amzn-RequestId", "x-amz-apigw-id"} <= set(mocked.headers)
    assert "X-Amzn-Trace-Id" not in mocked.headers


@pytest.mark.parametrize("body", ["{", '{"a": }', "[1,", " \n{'a': 'b'}", '{"a": NaN}', "{} {}"])
@pytest.mark.parametrize(
    "template", ["$input.path('$.a')", "$input.json('$')", "$input.json('$.a')"]
)
def test_body_that_begins_like_json_and_is_not_json_is_refused(template: str, body: str) -> None:
    served = api(("/s/a", "POST", echo(template)))
    sent = Sent(served, "/s/a", method="POST", body=body.encode())
    assert (sent.status, json.loads(sent.text)) == (
        400,
        {"message": "Invalid JSON in request body"},
    )
    assert sent.headers["x-amzn-ErrorType"] == "BadRequestException"


def test_body_that_no_template_parses_can_be_any_text() -> None:
    served = api(("/s/a", "POST", echo("$input.body")))
    assert Sent(served, "/s/a", method="POST", body=b"{").text == "{"


@pytest.mark.parametrize(
    ("path", "headers", "kind"),
    [
        ("/s/none", [], "MissingAuthenticationTokenException"),
        ("/s/a", ["Content-Type: text/plain"], "BadRequestException"),
    ],
)
def test_gateway_response_has_its_error_type(path: str, headers: list[str], kind: str) -> None:
    found = Sent(ONE, path, *headers).headers
    assert found["x-amzn-ErrorType"] == kind
    assert {"x-amzn-RequestId", "x-amz-apigw-id"} <= set(found)
    assert not {"Server", "X-Amzn-Trace-Id"} & set(found)


def test_mapped_content_type_is_sent() -> None:
    served = api(("/s/a", "GET", echo(headers={"content-type": "text/html"})))
    assert Sent(served, "/s/a").headers.get_all("Content-Type") == ["text/html"]


def test_header_names_that_differ_in_case_are_one() -> None:
    override = "#set($context.responseOverride.header.x-a = 'new')"
    served = api(("/s/a", "GET", echo("", override, headers={"X-A": "old"})))
    assert Sent(served, "/s/a").headers.get_all("X-A") == ["new"]


@pytest.mark.parametrize(
    "override",
    [
        "#set($context.responseOverride.status = 'x')",
        "#set($context.responseOverride.status = 99)",
        "#set($context.responseOverride.header.A = $input.params('id'))",
    ],
)
def test_override_that_would_break_the_response_is_a_500(override: str) -> None:
    sent = Sent(api(("/s/a", "GET", echo("", override))), "/s/a?id=b%0D%0AC:d")
    assert (sent.status, sent.headers["C"]) == (500, None)


def test_expect_continue_is_responded_to_before_the_body() -> None:
    head = GET.replace("GET", "POST", 1).format(
        path="/s/a",
        more="Expect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n",
        body="",
    )
    served = api(("/s/a", "POST", echo("$input.body")))
    first, rest = asyncio.run(send(served, f"{head}{{}}".encode(), len(head)))
    assert first == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert rest.startswith(b"HTTP/1.1 200 ")
    assert rest.endswith(b"{}")


def test_gzip_is_decoded() -> None:
    served = api(("/s/a", "POST", echo("$input.path('$.a')")))
    body = gzip.compress(b'{"a": "b"}')
    assert Sent(served, "/s/a", "Content-Encoding: gzip", method="POST", body=body).text == "b"


BROKEN = {
    "no gzip": b"no gzip",
    "cut": gzip.compress(b"{}")[:-5],
    "only a head": b"\x1f\x8b",
    "a bomb": gzip.compress(b"0" * 11_000_000),
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
def test_gzip_that_cannot_be_decoded_is_refused(
    body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    served = api(("/s/a", "POST", echo("{}")))
    sent = Sent(served, "/s/a", "Content-Encoding: gzip", method="POST", body=body)
    assert sent.status in (400, 415)
    assert "Traceback" not in caplog.text
