"""The mapping templates of documents, rendered by the local gateway."""

import json
import random
from typing import Any

import pytest

from atomic_counter.counter.operations import DOCUMENTS, Operation
from atomic_counter.local.velocity import Input, MappingTemplate, Overrides, Util
from atomic_counter.options import Keys
from tests.unit.counter.test_mapping import BOTH, KEYS, given, request_template

GET_DOCUMENT, ASSIGN, CURRENT, ASSIGN_LIST = DOCUMENTS
NOW = 1795860000000
LARGEST = "9" * 37


def response_templates(operation: Operation, name: str) -> dict[str, MappingTemplate]:
    return {keys: MappingTemplate(operation.templates(keys)[name]) for keys in BOTH}


REQUEST = {keys: request_template(ASSIGN, keys) for keys in BOTH}
NUMBER_TEMPLATE = response_templates(ASSIGN, "transact_write_items_response")["open"]
NUMBERS_TEMPLATE = response_templates(ASSIGN_LIST, "transact_documents_response")["open"]
ERROR = response_templates(ASSIGN, "document_error_response")
READ = request_template(GET_DOCUMENT)
FOUND = response_templates(GET_DOCUMENT, "get_document_response")["open"]
CURRENT_RESPONSE = response_templates(CURRENT, "get_item_response")


def context(operation: Operation = ASSIGN) -> dict[str, Any]:
    return {
        "resourcePath": operation.path,
        "requestTimeEpoch": NOW,
        "requestOverride": {"path": {}},
        "responseOverride": Overrides(header=Overrides()),
    }


def transaction(key: str, document: str, after: str, keys: Keys = "open") -> list[dict[str, Any]]:
    querystring = {"systemKey": key, "documentKey": document, "after": after}
    references = {"input": Input("", querystring), "util": Util, "context": context()}
    request = json.loads(REQUEST[keys].render(references))
    return [item["Update"] for item in request["TransactItems"]]


def list_transaction(
    key: str, documents: list[str], after: str, keys: Keys = "open"
) -> tuple[list[dict[str, Any]], str]:
    """Return the writes for a list of documents, and what the response to them prints."""
    given = Input(json.dumps(documents), {"systemKey": key, "after": after})
    references = {"input": given, "util": Util, "context": context(ASSIGN_LIST)}
    request = json.loads(REQUEST[keys].render(references))
    text = NUMBERS_TEMPLATE.render({**references, "input": Input("{}")})
    return [item["Update"] for item in request["TransactItems"]], text


def response(
    template: MappingTemplate, body: object, operation: Operation = ASSIGN
) -> tuple[int, dict[str, str], str]:
    """Return status, headers and body that a response template renders."""
    references: dict[str, Any] = {"input": Input(json.dumps(body)), "context": context(operation)}
    text = template.render(references)
    override = references["context"]["responseOverride"]
    return override["status"], override["header"], text


def canceled(
    counter: dict[str, Any],
    *documents: dict[str, Any],
    keys: Keys = "open",
    operation: Operation = ASSIGN,
) -> tuple[int, dict[str, str], str]:
    """Return the response to a canceled transaction with these reasons."""
    kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException"
    body = {"__type": kind, "CancellationReasons": [counter, *documents]}
    return response(ERROR[keys], body, operation)


def failed(**item: dict[str, str]) -> dict[str, Any]:
    """Return the reason of a failed condition, with the item if there is one."""
    return {"Code": "ConditionalCheckFailed", **({"Item": item} if item else {})}


def because(code: str) -> dict[str, Any]:
    return {"Code": code}


NONE = because("None")
KEY = {"S": "a"}
NUMBERED = failed(systemKey=KEY, documentNumber={"N": "7"})
STALE = failed(systemKey=KEY, counterValue={"N": "41"})


@pytest.mark.parametrize("key", KEYS)
def test_keys_stay_data_in_the_transaction(key: str) -> None:
    document = key.translate(dict.fromkeys(range(32))).replace("\x7f", "")
    counter, of_document = transaction(key, document, "41")
    assert counter == {
        "TableName": "counters",
        "Key": {"systemKey": {"S": key}},
        "UpdateExpression": "SET counterValue = :number",
        "ConditionExpression": "counterValue = :after",
        "ExpressionAttributeValues": {":after": {"N": "41"}, ":number": {"N": "42"}},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    assert of_document == {
        "TableName": "counters",
        "Key": {"systemKey": {"S": f"{key}\t{document}"}},
        "UpdateExpression": "SET documentNumber = :number, issuedAt = :now",
        "ConditionExpression": "attribute_not_exists(documentNumber)",
        "ExpressionAttributeValues": {":number": {"N": "42"}, ":now": {"N": str(NOW)}},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def test_first_number_needs_no_counter() -> None:
    counter, _ = transaction("a", "d", "0")
    allowed = "(attribute_not_exists(counterValue) OR counterValue = :after)"
    assert counter["ConditionExpression"] == allowed


@pytest.mark.parametrize("after", ["0", "1"])
def test_item_of_a_document_does_not_register_a_key(after: str) -> None:
    is_last = transaction("a", "d", after)[0]["ConditionExpression"]
    condition = transaction("a", "d", after, "registered")[0]["ConditionExpression"]
    registered = "attribute_exists(systemKey) AND attribute_not_exists(documentNumber)"
    assert condition == f"{registered} AND {is_last}"


def test_number_is_one_more_than_after_up_to_37_digits() -> None:
    chance = random.Random(1)
    numbers = [chance.randrange(10 ** chance.randrange(1, 38)) for _ in range(500)]
    for after in [0, 8, 9, 10, 19, 99, 1099, 9990, int(LARGEST), int(LARGEST) - 1, *numbers]:
        for update in transaction("a", "d", str(after)):
            assert update["ExpressionAttributeValues"][":number"] == {"N": str(after + 1)}
        given = Input("{}", {"after": str(after)})
        assert NUMBER_TEMPLATE.render({"input": given, "context": context()}) == str(after + 1)


@pytest.mark.parametrize(
    "after", ["", "-1", "+1", "01", "00", " 1", "1\n", "1.0", "1e2", "٣", "x", "(", "1" + "0" * 37]
)
def test_any_other_after_omits_all_writes(after: str) -> None:
    assert transaction("a", "d", after) == []


@pytest.mark.parametrize(
    "document", ["", " ", "\u3000", "a\tb", "a\n", "\x00", "\x7f", "\x85", "\ufffd"]
)
def test_wrong_document_omits_all_writes(document: str) -> None:
    assert transaction("a", document, "0") == []
    assert "Key" not in json.loads(READ.render(given({"systemKey": "a", "documentKey": document})))


@pytest.mark.parametrize("key", ["", " ", "x" * 2049])
def test_wrong_key_omits_all_writes(key: str) -> None:
    assert transaction(key, "d", "0") == []


@pytest.mark.parametrize("character", ["x", "é", "☃", "😀", "%", " x", "+"])
def test_keys_can_have_2047_bytes_together(character: str) -> None:
    document = (character * 1000).encode()[:1000].decode(errors="ignore")
    key = "k" * (2047 - len(document.encode()))
    assert transaction(key, document, "0")[1]["Key"] == {"systemKey": {"S": f"{key}\t{document}"}}
    assert transaction(f"{key}k", document, "0") == []


@pytest.mark.parametrize(
    ("one", "other"),
    [(("a", "b c"), ("a b", "c")), (("a\tb", "c"), ("a", "b c")), (("a\t", "b"), ("a", "b"))],
)
def test_different_pairs_never_share_an_item(one: tuple[str, str], other: tuple[str, str]) -> None:
    first, second = (transaction(*pair, "0")[1]["Key"]["systemKey"]["S"] for pair in (one, other))
    assert first != second
    assert (*first.rpartition("\t")[::2],) == one


@pytest.mark.parametrize("key", KEYS)
def test_read_of_a_document_is_strongly_consistent(key: str) -> None:
    references = given({"systemKey": key, "documentKey": "o'd"})
    assert json.loads(READ.render(references)) == {
        "TableName": "counters",
        "Key": {"systemKey": {"S": f"{key}\to'd"}},
        "ConsistentRead": True,
    }


@pytest.mark.parametrize(
    ("item", "status", "body"),
    [
        ({}, 404, "this documentKey has no number"),
        ({"Item": {"systemKey": KEY}}, 404, "this documentKey has no number"),
        ({"Item": {"documentNumber": {"N": "9" * 38}}}, 200, "9" * 38),
        ({"Item": {"documentNumber": {"N": "1.5"}}}, 409, "documentKey is not a whole number"),
        ({"Item": {"documentNumber": {"S": "1"}}}, 409, "documentKey is not a whole number"),
    ],
)
def test_read_response_has_the_right_status(item: Any, status: int, body: str) -> None:
    actual, _, text = response(FOUND, item)
    assert actual == status
    assert body in text


@pytest.mark.parametrize("counter", [NONE, STALE, failed(), because("ThrottlingError")])
@pytest.mark.parametrize("keys", BOTH)
def test_number_of_the_document_comes_first(counter: dict[str, Any], keys: Keys) -> None:
    assert canceled(counter, NUMBERED, keys=keys) == (200, {}, "7")


@pytest.mark.parametrize("document", [NONE, because("TransactionConflict")])
@pytest.mark.parametrize(
    ("counter", "last"),
    [
        (STALE, "41"),
        (failed(), "0"),
        (failed(systemKey=KEY), "0"),
        (failed(counterValue={"N": LARGEST}), LARGEST),
    ],
)
def test_stale_after_gets_the_last_number(
    counter: dict[str, Any], last: str, document: dict[str, Any]
) -> None:
    status, headers, _ = canceled(counter, document)
    assert (status, headers) == (412, {"Last-Number": last})


@pytest.mark.parametrize(
    ("counter", "status"),
    [(failed(), 404), (failed(systemKey=KEY), 412), (NUMBERED, 404), (STALE, 412)],
)
def test_only_a_registered_key_has_a_last_number(counter: dict[str, Any], status: int) -> None:
    assert canceled(counter, NONE, keys="registered")[0] == status


@pytest.mark.parametrize(
    "value",
    [{"S": "41"}, {"S": ""}, {"NULL": True}, *({"N": n} for n in ("1.5", "-5", "1" + "0" * 37))],
)
def test_stored_value_that_cannot_be_counted_up_is_a_conflict(value: dict[str, Any]) -> None:
    for keys in BOTH:
        assert canceled(failed(counterValue=value), NONE, keys=keys)[:2] == (409, {})
        assert canceled(failed(counterValue=value), NUMBERED, keys=keys) == (200, {}, "7")


@pytest.mark.parametrize("value", [{"S": "7"}, {"N": "1.5"}, {"N": "0"}])
def test_stored_number_of_a_document_that_is_none_is_a_conflict(value: dict[str, Any]) -> None:
    assert canceled(STALE, failed(documentNumber=value))[:2] == (409, {})


@pytest.mark.parametrize(
    ("counter", "document", "status", "headers"),
    [
        ("TransactionConflict", "None", 412, {}),
        ("None", "TransactionConflict", 412, {}),
        ("ThrottlingError", "None", 429, {"Retry-After": "1"}),
        ("TransactionConflict", "ProvisionedThroughputExceeded", 429, {"Retry-After": "1"}),
        ("ValidationError", "None", 500, {}),
        ("None", "SomethingNew", 500, {}),
    ],
)
def test_canceled_transaction_has_the_right_status(
    counter: str, document: str, status: int, headers: dict[str, str]
) -> None:
    assert canceled(because(counter), because(document))[:2] == (status, headers)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ("com.amazon.coral.validate#ValidationException", 400),
        ("com.amazon.coral.availability#ThrottlingException", 429),
        ("x#ProvisionedThroughputExceededException", 429),
        ("x#RequestLimitExceeded", 429),
        ("x#TransactionConflictException", 429),
        ("com.amazon.coral.service#AccessDeniedException", 500),
        ("x#ResourceNotFoundException", 500),
    ],
)
def test_error_of_dynamodb_has_the_right_status(error: str, status: int) -> None:
    actual, _, body = response(ERROR["open"], {"__type": error, "Message": "arn:secret"})
    assert actual == status
    assert "secret" not in body


@pytest.mark.parametrize(
    ("item", "keys", "status"),
    [
        ({"documentNumber": {"N": "7"}}, "registered", 404),
        ({"documentNumber": {"N": "7"}}, "open", 200),
        ({"counterValue": {"N": "7"}}, "registered", 200),
    ],
)
def test_current_of_a_document_is_not_that_of_a_registered_key(
    item: dict[str, Any], keys: str, status: int
) -> None:
    assert response(CURRENT_RESPONSE[keys], {"Item": item})[0] == status
