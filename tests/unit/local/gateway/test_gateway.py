"""The steps of the gateway decide as API Gateway does."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from atomic_counter.local.cloudformation import (
    JSON_TYPE,
    Api,
    GatewayResponse,
    ResponseMapping,
    Route,
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
    validate,
)
from atomic_counter.local.velocity import Input, MappingTemplate


def response_mapping(status: int, pattern: str | None, template: str = "{}") -> ResponseMapping:
    compiled = re.compile(pattern) if pattern else None
    return ResponseMapping(
        status, compiled, {"Cache-Control": "no-store"}, MappingTemplate(template)
    )


RESPONSES = (
    response_mapping(500, None),
    response_mapping(200, r"2\d{2}"),
    response_mapping(400, r"4\d{2}"),
)
ROUTE = Route(
    resource_id="r",
    resource_path="/a",
    http_method="GET",
    requires_signature=False,
    api_key_required=False,
    throttle=None,
    required=(("querystring", "k"),),
    body_checks={},
    action="UpdateItem",
    timeout_seconds=1,
    passthrough="NEVER",
    request_templates={JSON_TYPE: MappingTemplate("$input.params('k')")},
    responses=RESPONSES,
)
API = Api("i", "s", {}, re.compile("https://an-api"), {("/s/a", "GET"): ROUTE}, frozenset(), {})


def refusal(step: Any, *arguments: Any) -> tuple[str, str]:
    with pytest.raises(GatewayError) as error:
        step(*arguments)
    return error.value.response_type, error.value.message


@pytest.mark.parametrize(
    ("raw", "parameters"),
    [
        ("", {}),
        ("k=a%20b+c", {"k": "a b c"}),
        ("k=1&k=2", {"k": "2"}),
        ("k=1&K=2", {"k": "1", "K": "2"}),
        ("k=", {"k": ""}),
        ("k=a;b=c", {"k": "a", "b": "c"}),
        ("k=%C3%A9%FF", {"k": "é\ufffd"}),
        ("k=a=b", {"k": "a=b"}),
    ],
)
def test_query_string_is_parsed_as_in_api_gateway(raw: str, parameters: dict[str, str]) -> None:
    assert parse_query(raw) == parameters


@pytest.mark.parametrize(
    ("path", "http_method"), [("/s/b", "GET"), ("/a", "GET"), ("/s/a", "PUT"), ("/s/a/b", "GET")]
)
def test_unknown_path_or_method_is_missing_authentication_token(
    path: str, http_method: str
) -> None:
    refused = refusal(find_route, API, path, http_method)
    assert refused == ("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token")


@pytest.mark.parametrize("querystring", [{}, {"k": ""}, {"K": "1"}])
def test_required_parameter_must_be_present_and_not_empty(querystring: dict[str, str]) -> None:
    refused = refusal(validate, ROUTE, {"querystring": querystring})
    assert refused == ("BAD_REQUEST_PARAMETERS", "Missing required request parameters: [k]")


SIGNATURE = "AWS4-HMAC-SHA256 Credential=a"


@pytest.mark.parametrize(
    ("headers", "querystring"),
    [({"Authorization": SIGNATURE}, {}), ({}, {"X-Amz-Algorithm": "AWS4-HMAC-SHA256"})],
)
def test_only_signed_request_is_authorized(
    headers: dict[str, str], querystring: dict[str, str]
) -> None:
    route = replace(ROUTE, requires_signature=True)
    authorize(route, headers, querystring, frozenset())
    refused = refusal(authorize, route, {"Authorization": "Basic a"}, {}, frozenset())
    assert refused == ("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token")


def test_signed_form_with_a_query_string_is_refused() -> None:
    route, form = replace(ROUTE, requires_signature=True), "application/x-www-form-urlencoded"
    headers = {"Authorization": SIGNATURE, "Content-Type": f"{form}; charset=utf-8"}
    authorize(route, headers, {}, frozenset())
    authorize(route, {**headers, "Content-Type": JSON_TYPE}, {"k": "1"}, frozenset())
    refused = refusal(authorize, route, headers, {"k": "1"}, frozenset())
    assert refused == ("INVALID_SIGNATURE", "AWS refuses a signed form with a query string")


def test_only_request_with_api_key_is_authorized() -> None:
    route, keys = replace(ROUTE, api_key_required=True), frozenset({"right"})
    authorize(route, {"x-api-key": "right"}, {}, keys)
    for headers in ({"x-api-key": "wrong"}, {}):
        assert refusal(authorize, route, headers, {}, keys)[0] == "INVALID_API_KEY"


@pytest.mark.parametrize(
    ("content_type", "accepted"),
    [
        ("application/json", True),
        ("Application/JSON; charset=utf-8", True),
        ("application/x-www-form-urlencoded", False),
        ("text/plain", False),
        ("", False),
    ],
)
def test_only_json_has_a_request_template(content_type: str, accepted: bool) -> None:
    variables = {"input": Input("", {"k": "v"})}
    if accepted:
        assert integration_request(ROUTE, content_type, variables) == "v"
    else:
        refused = refusal(integration_request, ROUTE, content_type, variables)
        assert refused == ("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type")


@pytest.mark.parametrize(
    ("status", "chosen"), [(200, 200), (201, 200), (400, 400), (503, 500), (302, 500)]
)
def test_status_of_dynamodb_selects_the_response(status: int, chosen: int) -> None:
    assert select_response(RESPONSES, status).status == chosen


def test_pattern_must_match_the_whole_status() -> None:
    responses = (response_mapping(500, None), response_mapping(200, "20|0"))
    assert select_response(responses, 200).status == 500


@pytest.mark.parametrize("body", ['{"statusCode": 204}', "{ statusCode: 204 }"])
def test_mock_returns_the_status_of_its_request_template(body: str) -> None:
    assert mock(body) == (204, "")


@pytest.mark.parametrize("body", ["", "{}", '{"statusCode": "x"}', "[]", "1"])
def test_mock_without_status_is_a_configuration_error(body: str) -> None:
    assert refusal(mock, body)[0] == "API_CONFIGURATION_ERROR"


def test_no_matching_response_is_a_configuration_error() -> None:
    refused = refusal(select_response, RESPONSES[1:], 500)
    assert refused == ("API_CONFIGURATION_ERROR", "Internal server error")


def test_response_template_overrides_status_and_headers() -> None:
    override = "$context.responseOverride"
    template = f"#set({override}.status = 429)#set({override}.header.Retry-After = '1')"
    variables = {"input": Input(""), "context": {"responseOverride": {"header": {}}}}
    response = integration_response(response_mapping(400, None, template), variables)
    assert (response.status, response.headers["Retry-After"]) == (429, "1")
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("body", ["<html>", "{", "[1,"])
def test_backend_response_that_is_not_json_is_a_configuration_error(body: str) -> None:
    chosen = response_mapping(200, None, "$input.path('$.a')")
    refused = refusal(integration_response, chosen, {"input": Input(body)})
    assert refused == ("API_CONFIGURATION_ERROR", "Internal server error")


def customized(response_type: str, **properties: Any) -> dict[str, GatewayResponse]:
    given = {"RestApiId": "a", "ResponseType": response_type, **properties}
    return {response_type: GatewayResponse.model_validate(given)}


TIMED_OUT = GatewayError("INTEGRATION_TIMEOUT", 'timed "out"')


def test_default_gateway_response_is_that_of_aws() -> None:
    response = gateway_response(TIMED_OUT, {})
    assert (response.status, json.loads(response.text or "")) == (504, {"message": 'timed "out"'})


def test_customized_gateway_response_is_used_for_its_type() -> None:
    templates = {"application/json": '{"m": $context.error.messageString}'}
    own = customized("INTEGRATION_TIMEOUT", StatusCode="503", ResponseTemplates=templates)
    response = gateway_response(TIMED_OUT, own | customized("DEFAULT_5XX", StatusCode="500"))
    assert (response.status, json.loads(response.text or "")) == (503, {"m": 'timed "out"'})


def test_customized_default_is_used_for_its_class_and_keeps_the_status() -> None:
    headers = {"gatewayresponse.header.A": "'b'"}
    default = customized("DEFAULT_5XX", ResponseParameters=headers)
    response = gateway_response(TIMED_OUT, default | customized("DEFAULT_4XX", StatusCode="400"))
    assert (response.status, response.headers["A"]) == (504, "b")
