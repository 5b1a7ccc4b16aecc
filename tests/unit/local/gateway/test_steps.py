"""The steps of the gateway decide as API Gateway does."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from atomic_counter.local.gateway import steps
from atomic_counter.local.gateway.references import Input
from atomic_counter.local.gateway.responses import GatewayError, answer
from atomic_counter.local.template import Api, GatewayResponse, IntegrationResponse, Route, Template


def response(status: int, pattern: str | None, template: str = "{}") -> IntegrationResponse:
    compiled = re.compile(pattern) if pattern else None
    return IntegrationResponse(status, compiled, {"Cache-Control": "no-store"}, Template(template))


RESPONSES = (response(500, None), response(200, r"2\d{2}"), response(400, r"4\d{2}"))
ROUTE = Route(
    resource_path="/a",
    http_method="GET",
    signed=False,
    api_key_required=False,
    throttle=None,
    required_querystring=("k",),
    action="UpdateItem",
    timeout_seconds=1,
    request_template=Template("$input.params('k')"),
    integration_responses=RESPONSES,
)
API = Api("s", re.compile("https://an-api"), {("/s/a", "GET"): ROUTE}, frozenset(), {})


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
def test_a_query_string_is_read_as_api_gateway_reads_it(
    raw: str, parameters: dict[str, str]
) -> None:
    assert steps.parse_query(raw) == parameters


@pytest.mark.parametrize(
    ("path", "http_method"), [("/s/b", "GET"), ("/a", "GET"), ("/s/a", "PUT"), ("/s/a/", "GET")]
)
def test_an_unknown_path_or_method_is_a_missing_authentication_token(
    path: str, http_method: str
) -> None:
    refused = refusal(steps.find_route, API, path, http_method)
    assert refused == ("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token")


@pytest.mark.parametrize("querystring", [{}, {"k": ""}, {"K": "1"}])
def test_a_required_parameter_must_be_there_and_not_empty(querystring: dict[str, str]) -> None:
    refused = refusal(steps.validate, ROUTE, querystring)
    assert refused == ("BAD_REQUEST_PARAMETERS", "Missing required request parameters: [k]")


SIGNATURE = "AWS4-HMAC-SHA256 Credential=a"


@pytest.mark.parametrize(
    ("headers", "querystring"),
    [({"Authorization": SIGNATURE}, {}), ({}, {"X-Amz-Algorithm": "AWS4-HMAC-SHA256"})],
)
def test_a_signed_request_is_let_in_and_another_is_not(
    headers: dict[str, str], querystring: dict[str, str]
) -> None:
    route = replace(ROUTE, signed=True)
    steps.authorize(route, headers, querystring, frozenset())
    refused = refusal(steps.authorize, route, {"Authorization": "Basic a"}, {}, frozenset())
    assert refused == ("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token")


def test_a_request_with_an_api_key_is_let_in_and_another_is_not() -> None:
    route, keys = replace(ROUTE, api_key_required=True), frozenset({"right"})
    steps.authorize(route, {"x-api-key": "right"}, {}, keys)
    for headers in ({"x-api-key": "wrong"}, {}):
        assert refusal(steps.authorize, route, headers, {}, keys)[0] == "INVALID_API_KEY"


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
    given = Input("", {"k": "v"})
    if accepted:
        assert steps.integration_request(ROUTE, content_type, given, {}) == "v"
    else:
        refused = refusal(steps.integration_request, ROUTE, content_type, given, {})
        assert refused == ("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type")


@pytest.mark.parametrize(
    ("status", "chosen"), [(200, 200), (201, 200), (400, 400), (503, 500), (302, 500)]
)
def test_the_status_of_dynamodb_picks_the_response(status: int, chosen: int) -> None:
    assert steps.select_response(RESPONSES, status).status == chosen


def test_a_pattern_that_matches_a_part_of_the_status_does_not_match() -> None:
    responses = (response(500, None), response(200, "20|0"))
    assert steps.select_response(responses, 200).status == 500


def test_a_mock_answers_with_the_status_that_it_was_asked_for() -> None:
    assert steps.mock('{"statusCode": 204}') == (204, "")


@pytest.mark.parametrize("body", ["", "{}", "{statusCode: 204}", '{"statusCode": "x"}', "[]", "1"])
def test_a_mock_that_is_asked_for_no_status_is_a_configuration_error(body: str) -> None:
    assert refusal(steps.mock, body)[0] == "API_CONFIGURATION_ERROR"


def test_no_matching_response_is_a_configuration_error() -> None:
    refused = refusal(steps.select_response, RESPONSES[1:], 500)
    assert refused == ("API_CONFIGURATION_ERROR", "Internal server error")


def test_a_response_template_overrides_status_and_headers() -> None:
    override = "$context.responseOverride"
    template = f"#set({override}.status = 429)#set({override}.header.Retry-After = '1')"
    context: dict[str, Any] = {"responseOverride": {"header": {}}}
    answered = steps.integration_response(response(400, None, template), Input(""), context)
    assert (answered.status, answered.headers["Retry-After"]) == (429, "1")
    assert answered.headers["Cache-Control"] == "no-store"


def test_a_backend_that_answers_no_json_is_a_configuration_error() -> None:
    chosen = response(200, None, "$input.path('$.a')")
    refused = refusal(steps.integration_response, chosen, Input("<html>"), {})
    assert refused == ("API_CONFIGURATION_ERROR", "Internal server error")


def customised(response_type: str, **properties: Any) -> dict[str, GatewayResponse]:
    given = {"RestApiId": "a", "ResponseType": response_type, **properties}
    return {response_type: GatewayResponse.model_validate(given)}


TIMED_OUT = GatewayError("INTEGRATION_TIMEOUT", 'timed "out"')


def test_a_gateway_response_that_is_not_customised_is_awss() -> None:
    answered = answer(TIMED_OUT, {})
    assert (answered.status, json.loads(answered.body)) == (504, {"message": 'timed "out"'})


def test_a_customised_gateway_response_answers_for_its_type() -> None:
    templates = {"application/json": '{"m": $context.error.messageString}'}
    own = customised("INTEGRATION_TIMEOUT", StatusCode="503", ResponseTemplates=templates)
    answered = answer(TIMED_OUT, own | customised("DEFAULT_5XX", StatusCode="500"))
    assert (answered.status, json.loads(answered.body)) == (503, {"m": 'timed "out"'})


def test_a_customised_default_answers_for_its_class_and_keeps_the_status() -> None:
    headers = {"gatewayresponse.header.A": "'b'"}
    default = customised("DEFAULT_5XX", ResponseParameters=headers)
    answered = answer(TIMED_OUT, default | customised("DEFAULT_4XX", StatusCode="400"))
    assert (answered.status, answered.headers) == (504, {"A": "b"})
