"""The mapping templates, rendered by the local gateway."""

import json
from typing import Any

import pytest

from atomic_counter.counter import mapping
from atomic_counter.counter.operations import COUNTING, Operation
from atomic_counter.local.velocity import Input, MappingTemplate, Overrides, Util
from atomic_counter.options import Keys

IN_LIMITS = "NOT counterValue < :zero AND NOT counterValue > :limit"
NEXT, _, CURRENT = COUNTING
BOTH: tuple[Keys, ...] = ("open", "registered")


def request_template(operation: Operation, keys: Keys = "open") -> MappingTemplate:
    """Return the request template of an operation on the table `counters`."""
    text = operation.templates(keys)[operation.request]
    return MappingTemplate(mapping.settings(tableName="counters") + text)


UPDATE = request_template(NEXT)
GET = request_template(CURRENT)
UPDATED = MappingTemplate(NEXT.templates("open")["update_item_response"])
CLIENT_ERROR = {k: MappingTemplate(NEXT.templates(k)["client_error_response"]) for k in BOTH}
READ = {k: MappingTemplate(CURRENT.templates(k)["get_item_response"]) for k in BOTH}

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


def given(querystring: dict[str, str], headers: dict[str, str] | None = None) -> dict[str, Any]:
    """Return the variables of a request template."""
    context: dict[str, Any] = {"requestOverride": {"path": {}}}
    return {"input": Input("", querystring, headers or {}), "util": Util, "context": context}


def render(template: MappingTemplate, **querystring: str) -> Any:
    return json.loads(template.render(given(querystring)))


def response(template: MappingTemplate, body: dict[str, Any]) -> tuple[int, dict[str, str], str]:
    """Return status, headers and body that a response template renders."""
    override = Overrides(header=Overrides())
    context = {"requestOverride": {"path": {}}, "responseOverride": override}
    text = template.render({"input": Input(json.dumps(body)), "context": context})
    return override["status"], override["header"], text


def client_error(error: dict[str, Any], keys: Keys = "open") -> tuple[int, dict[str, str], Any]:
    status, headers, text = response(CLIENT_ERROR[keys], error)
    return status, headers, json.loads(text)


@pytest.mark.parametrize("key", KEYS)
def test_key_stays_data_in_the_request(key: str) -> None:
    request = render(UPDATE, systemKey=key)
    assert request.pop("ExpressionAttributeValues")[":count"] == {"N": "1"}
    assert request == {
        "TableName": "counters",
        "Key": {"systemKey": {"S": key}},
        "UpdateExpression": "ADD counterValue :count",
        "ConditionExpression": IN_LIMITS,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        "ReturnValues": "UPDATED_NEW",
    }


class Emulator(Util):
    """`$util` of an engine that escapes an empty string as a map."""

    @classmethod
    def escapeJavaScript(cls, text: str) -> str:  # noqa: N802 (API Gateway's name)
        return super().escapeJavaScript(text) or "{}"


@pytest.mark.parametrize("template", [UPDATE, GET])
@pytest.mark.parametrize(
    "key", ["", " ", "\t\u3000", "x" * 2049], ids=["empty", "blank", "exotic", "long"]
)
def test_wrong_key_is_omitted_whatever_an_empty_string_is_escaped_to(
    template: MappingTemplate, key: str
) -> None:
    references = {**given({"systemKey": key}), "util": Emulator}
    assert "Key" not in json.loads(template.render(references))


@pytest.mark.parametrize("key", KEYS)
def test_read_is_strongly_consistent_and_names_only_the_key(key: str) -> None:
    assert render(GET, systemKey=key) == {
        "TableName": "counters",
        "Key": {"systemKey": {"S": key}},
        "ConsistentRead": True,
    }


@pytest.mark.parametrize("template", [UPDATE, GET])
@pytest.mark.parametrize("key", ["", " ", "\t\r\n", "\u00a0", "\u2003\u3000"])
def test_blank_key_is_omitted(template: MappingTemplate, key: str) -> None:
    assert "Key" not in render(template, systemKey=key)


@pytest.mark.parametrize("character", ["x", "é", "☃", "😀", "%", "/", " x"])
def test_key_can_have_2048_bytes_of_utf_8(character: str) -> None:
    longest = (character * 2048).encode()[:2048].decode(errors="ignore")
    longest += "x" * (2048 - len(longest.encode()))
    assert render(UPDATE, systemKey=longest)["Key"] == {"systemKey": {"S": longest}}
    assert "Key" not in render(UPDATE, systemKey=longest + "x")


def test_only_the_query_string_is_read() -> None:
    references = given({}, {"systemKey": "from a header"})
    assert "Key" not in json.loads(UPDATE.render(references))


def test_other_parameters_are_ignored() -> None:
    with_others = render(UPDATE, systemKey="a", get="x", tableName="y", keys="z")
    assert with_others == render(UPDATE, systemKey="a")


@pytest.mark.parametrize("count", ["1", "9", "10", "99", "100", "999", "1000"])
def test_count_from_1_to_1000_is_added(count: str) -> None:
    values = render(UPDATE, systemKey="a", count=count)["ExpressionAttributeValues"]
    assert values[":count"] == {"N": count}


@pytest.mark.parametrize("count", ["0", "1001", "01", "-1", "+1", " 1", "1\n", "1.0", "٣", "x"])
def test_any_other_count_omits_the_key(count: str) -> None:
    request = render(UPDATE, systemKey="a", count=count)
    assert not {"Key", "ExpressionAttributeValues"} & request.keys()


@pytest.mark.parametrize("key", ["M\ufffdller", "\ufffd"])
@pytest.mark.parametrize("template", [UPDATE, GET])
def test_key_that_was_not_utf_8_is_omitted(template: MappingTemplate, key: str) -> None:
    assert "Key" not in render(template, systemKey=key)


def test_limit_keeps_every_sum_within_38_digits() -> None:
    limit = int(render(UPDATE, systemKey="a")["ExpressionAttributeValues"][":limit"]["N"])
    assert limit + 1000 == 10**38 - 1


def test_registered_keys_require_an_existing_item() -> None:
    registered = request_template(NEXT, "registered")
    condition = render(registered, systemKey="a")["ConditionExpression"]
    assert condition == f"attribute_exists(systemKey) AND {IN_LIMITS}"


REQUEST_ID = "11111111-2222-4333-8444-55555555555a"


def test_request_with_idempotency_key_is_stored_in_its_slot_once() -> None:
    without = render(UPDATE, systemKey="a", count="5")
    request = render(UPDATE, systemKey="a", count="5", idempotencyKey=REQUEST_ID)
    values = request["ExpressionAttributeValues"]
    assert values.pop(":request") == {"S": f"{REQUEST_ID} 5"}
    assert request == without | {
        "UpdateExpression": "ADD counterValue :count"
        " SET ra = :request, na = if_not_exists(counterValue, :zero) + :count",
        "ConditionExpression": f"{IN_LIMITS} AND NOT ra = :request",
    }


@pytest.mark.parametrize("wrong", ["x", f"{REQUEST_ID[:-1]}G", f"{REQUEST_ID}0", " ", '"}'])
def test_any_other_idempotency_key_omits_the_key(wrong: str) -> None:
    request = render(UPDATE, systemKey="a", idempotencyKey=wrong)
    assert not {"Key", "ExpressionAttributeValues"} & request.keys()


def test_full_item_costs_one_write_unit() -> None:
    """Return the size by DynamoDB's rules: bytes of names and strings, and half a byte a digit."""
    slots = [f"{REQUEST_ID[:-1]}{digit:x}" for digit in range(16)]
    names = len("systemKey") + len("counterValue") + sum(len(f"r{s[-1]}n{s[-1]}") for s in slots)
    number = 12 // 2 + 1
    requests = [
        render(UPDATE, systemKey="a", count="1000", idempotencyKey=slot)[
            "ExpressionAttributeValues"
        ][":request"]["S"]
        for slot in slots
    ]
    assert names + 100 + sum(map(len, requests)) + number * (1 + len(slots)) < 1024


def test_value_of_38_digits_is_returned_unchanged() -> None:
    value = "12345678901234567890123456789012345678"
    updated = json.dumps({"Attributes": {"counterValue": {"N": value}}})
    assert response(UPDATED, json.loads(updated)) == (200, {}, value)
    assert response(READ["open"], {"Item": {"counterValue": {"N": value}}}) == (200, {}, value)


@pytest.mark.parametrize("value", ["2.5", "-4", "1E+2"])
def test_new_value_that_is_not_a_whole_number_is_a_conflict(value: str) -> None:
    updated = {"Attributes": {"counterValue": {"N": value}}}
    status, _, text = response(UPDATED, updated)
    assert status == 409
    assert json.loads(text).keys() == {"message"}


NO_ITEM: dict[str, Any] = {}
NO_VALUE = {"Item": {"systemKey": {"S": "a"}}}
NO_NUMBER = {"Item": {"counterValue": {"S": "text"}}}


@pytest.mark.parametrize(
    ("keys", "read", "status"),
    [
        ("open", NO_ITEM, 200),
        ("open", NO_VALUE, 200),
        ("open", NO_NUMBER, 409),
        ("registered", NO_ITEM, 404),
        ("registered", NO_VALUE, 200),
        ("registered", NO_NUMBER, 409),
        *(("open", {"Item": {"counterValue": {"N": n}}}, 409) for n in ("1.5", "-5", "0.1")),
    ],
)
def test_read_response_has_the_right_status(keys: Keys, read: dict[str, Any], status: int) -> None:
    actual, _, text = response(READ[keys], read)
    assert actual == status
    assert text == "0" if status == 200 else json.loads(text).keys() == {"message"}


@pytest.mark.parametrize("text", ["message", "Message"])
@pytest.mark.parametrize(
    ("error", "reason", "status"),
    [
        ("com.amazon.coral.validate#ValidationException", "any", 400),
        ("ValidationException", "An operand … has an incorrect data type", 409),
        ("ValidationException", "Number overflow. Attempting to store …", 409),
        ("x#ConditionalCheckFailedException", "The conditional request failed", 409),
        ("com.amazon.coral.availability#ThrottlingException", "", 429),
        ("x#ProvisionedThroughputExceededException", "", 429),
        ("x#RequestLimitExceeded", "", 429),
        ("x#ReplicatedWriteConflictException", "", 429),
        ("x#TransactionConflictException", "", 429),
        ("com.amazon.coral.service#AccessDeniedException", "arn:aws:iam::1:role/x", 500),
        ("x#ResourceNotFoundException", "Table: counters not found", 500),
        ("x#SomethingNewException", "", 500),
    ],
)
def test_error_of_dynamodb_has_the_right_status(
    error: str, reason: str, status: int, text: str
) -> None:
    actual, _, body = client_error({"__type": error, text: reason})
    assert actual == status
    assert reason == "" or reason not in body["message"]


@pytest.mark.parametrize(("item", "status"), [({}, 404), ({"Item": {"a": {"S": ""}}}, 409)])
def test_failed_condition_distinguishes_registered_from_unknown_key(
    item: dict[str, Any], status: int
) -> None:
    error = {"__type": "x#ConditionalCheckFailedException", **item}
    assert client_error(error, "registered")[0] == status


def test_error_without_type_is_a_500() -> None:
    assert client_error({})[::2] == (500, {"message": "Internal server error"})


def test_throttled_response_has_retry_after() -> None:
    _, headers, _ = client_error({"__type": "ThrottlingException"})
    assert headers == {"Retry-After": "1"}
