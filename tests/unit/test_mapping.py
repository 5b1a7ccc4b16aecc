"""The mapping templates, rendered as the local gateway renders them."""

import json
from typing import Any

import pytest

from atomic_counter import mapping
from atomic_counter.local.velocity import Input, Template, Util

REQUEST = Template(mapping.read("update_item_request", tableName="counters"))
RESPONSE = Template(mapping.read("update_item_response"))
CLIENT_ERROR = Template(mapping.read("client_error_response"))

KEYS = [
    "invoices",
    "o'brien",
    '"}},"TableName":"x',
    "back\\slash and \\' both",
    "</script> a/b",
    "$key ${key} $!key $util.escapeJavaScript($key) #set($x = 1) #if(true) #end ## #",
    "line\nbreak\r\n\ttab\x00\x1f\x7f",
    "snow ☃ and astral 😀, é and \u2028",
    "get",
    "__FORMAL_REFERENCE__REPLACE_TEXT__",
    " padded ",
]


def request(**querystring: str) -> Any:
    return json.loads(REQUEST.render({"input": Input("", querystring), "util": Util}))


def client_error(answer: dict[str, str]) -> tuple[int, dict[str, str], Any]:
    override: dict[str, Any] = {"header": {}}
    references = {"input": Input(json.dumps(answer)), "context": {"responseOverride": override}}
    body = json.loads(CLIENT_ERROR.render(references))
    return override["status"], override["header"], body


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_data_and_nothing_else(key: str) -> None:
    assert request(systemKey=key) == {
        "TableName": "counters",
        "Key": {"systemKey": {"S": key}},
        "UpdateExpression": "ADD counterValue :count",
        "ExpressionAttributeValues": {":count": {"N": "1"}},
        "ReturnValues": "UPDATED_NEW",
    }


@pytest.mark.parametrize("key", ["", " ", "\t\r\n", "\u00a0", "\u2003\u3000"])
def test_a_blank_key_is_left_out(key: str) -> None:
    assert request(systemKey=key)["Key"] == {}


@pytest.mark.parametrize("character", ["x", "é", "☃", "😀", "%", "/", " x"])
def test_a_key_may_have_2048_bytes_of_utf_8(character: str) -> None:
    longest = (character * 2048).encode()[:2048].decode(errors="ignore")
    longest += "x" * (2048 - len(longest.encode()))
    assert request(systemKey=longest)["Key"] == {"systemKey": {"S": longest}}
    assert request(systemKey=longest + "x")["Key"] == {}


def test_only_the_query_string_counts() -> None:
    references = {"input": Input("", {}, {"systemKey": "from a header"}), "util": Util}
    assert json.loads(REQUEST.render(references))["Key"] == {}


def test_other_parameters_change_nothing() -> None:
    assert request(systemKey="a", get="x", tableName="y") == request(systemKey="a")


def test_a_value_of_38_digits_comes_back_unchanged() -> None:
    value = "12345678901234567890123456789012345678"
    answer = json.dumps({"Attributes": {"counterValue": {"N": value}}})
    assert RESPONSE.render({"input": Input(answer)}) == value


@pytest.mark.parametrize("text", ["message", "Message"])
@pytest.mark.parametrize(
    ("error", "reason", "status"),
    [
        ("com.amazon.coral.validate#ValidationException", "any", 400),
        ("ValidationException", "An operand … has an incorrect data type", 409),
        ("ValidationException", "Number overflow. Attempting to store …", 409),
        ("com.amazon.coral.availability#ThrottlingException", "", 429),
        ("x#ProvisionedThroughputExceededException", "", 429),
        ("x#RequestLimitExceeded", "", 429),
        ("x#ReplicatedWriteConflictException", "", 429),
        ("com.amazon.coral.service#AccessDeniedException", "arn:aws:iam::1:role/x", 500),
        ("x#ResourceNotFoundException", "Table: counters not found", 500),
        ("x#SomethingNewException", "", 500),
    ],
)
def test_an_error_of_dynamodb_has_its_status(
    error: str, reason: str, status: int, text: str
) -> None:
    actual, _, body = client_error({"__type": error, text: reason})
    assert actual == status
    assert reason == "" or reason not in body["message"]


def test_an_error_without_a_type_is_the_services_fault() -> None:
    assert client_error({})[::2] == (500, {"message": "Internal server error"})


def test_a_throttled_caller_is_told_when_to_retry() -> None:
    _, headers, _ = client_error({"__type": "ThrottlingException"})
    assert headers == {"Retry-After": "1"}
