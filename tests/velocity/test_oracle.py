"""Every mapping template renders the same in Apache Velocity 1.7 and the local gateway."""

import itertools
import json
import random
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from atomic_counter.counter import mapping
from atomic_counter.counter.operations import COUNTING, DOCUMENTS, Operation
from atomic_counter.local.velocity import Input, MappingTemplate, Overrides, Util
from atomic_counter.options import Keys
from tests.velocity import apache
from tests.velocity.programs import PROGRAMS

pytestmark = pytest.mark.skipif(not apache.is_there(), reason=apache.HOW_TO_GET_IT)

INPUTS = 400
LONGEST_KEY_BYTES = 2048
KEY_PARTS = list("'\"\\/{}[]$#!%&<>;=+,:_@*éß☃😀 \t\n\r\0\x1f\x7f\x85\xa0\u2028\u3000")
KEY_PARTS += ["$key", "${key}", "$!key", "$util.escapeJavaScript($key)", "#set($a=1)", "#if(true)"]
KEY_PARTS += ["#end", "##", "#*", "*#", "\\'", '\\"', '"}},', '{"S":"x"}', "null", "true"]
KEY_PARTS += ["x" * 500, "é" * 600, "☃" * 300]
COUNTS = ["", "1", "9", "42", "999", "1000", "0", "01", "1001", "-1", " 1", "1\n", "٣", '"}', "$x"]
TYPES = [
    "AccessDeniedException",
    "ConditionalCheckFailedException",
    "InternalServerError",
    "ProvisionedThroughputExceededException",
    "ReplicatedWriteConflictException",
    "RequestLimitExceeded",
    "ResourceNotFoundException",
    "TransactionConflictException",
    "Throttling",
    "ThrottlingException",
    "ValidationException",
]
AFTERS = [
    "",
    "0",
    "9",
    "10",
    "199",
    "9" * 37,
    "1" + "0" * 36,
    "1" * 38,
    "01",
    "-1",
    "1\n",
    "٣",
    "(",
]
REQUEST_ID = "11111111-2222-4333-8444-55555555555"
IDS = ["", *(f"{REQUEST_ID}{digit}" for digit in "a0Fg"), REQUEST_ID, '"}', "$x", "'", "É"]
WITH_A_BROKEN_RULE = "#set($context.requestOverride.path.rule = 'count must be …')"
PREFIXES = ["", "com.amazon.coral.validate#", "com.amazonaws.dynamodb.v20120810#"]
TEXTS = ["", "Number overflow.", "An operand has an incorrect data type", 'odd " \\ $type #end é']
VALUES = [{"N": "7"}, {"N": "9" * 38}, {"S": "text"}, {"S": ""}, {"NULL": True}]
ITEMS: list[dict[str, Any]] = [
    {},
    {"systemKey": {"S": "$body"}},
    *({"counterValue": value} for value in VALUES),
    *({"documentNumber": value} for value in VALUES),
]
CODES = [
    "None",
    "ConditionalCheckFailed",
    "TransactionConflict",
    "ThrottlingError",
    "ValidationError",
]


compiled = cache(MappingTemplate)


@pytest.fixture(scope="module")
def velocity(tmp_path_factory: pytest.TempPathFactory) -> apache.ApacheVelocity:
    return apache.ApacheVelocity(tmp_path_factory.mktemp("classes"))


@pytest.fixture(params=["open", "registered"])
def keys(request: pytest.FixtureRequest) -> Keys:
    found: Keys = request.param
    return found


def querystrings() -> Iterator[dict[str, str]]:
    """Return keys of hostile parts, also around the longest one, with right and wrong counts."""
    chance = random.Random(1)
    for _ in range(INPUTS):
        parts = chance.choices(KEY_PARTS, k=chance.randrange(8))
        yield {
            "systemKey": "".join(parts),
            "count": chance.choice(COUNTS),
            "idempotencyKey": chance.choice(IDS[:4] * 3 + IDS),
        } | chance.choice([{}, of_document(chance)])
    for length in range(LONGEST_KEY_BYTES - 2, LONGEST_KEY_BYTES + 3):
        yield {"systemKey": "x" * length}
        yield {"systemKey": "x" * (length - 5), "documentKey": "☃d", "after": "1"}
    yield {}


def of_document(chance: random.Random) -> dict[str, str]:
    return {
        "documentKey": "".join(chance.choices(KEY_PARTS, k=chance.randrange(4))),
        "after": chance.choice([*AFTERS, str(chance.randrange(10**37))]),
    }


def lists() -> Iterator[tuple[dict[str, str], list[str]]]:
    """Return lists of documents of hostile parts, most of them without a broken rule."""
    chance = random.Random(1)
    parts = [part for part in KEY_PARTS if part.isprintable() and part.strip()]
    for size in (1, 2, 3, 98, 99, *chance.choices(range(1, 30), k=INPUTS // 10)):
        documents = ["".join(chance.choices(parts, k=2)) + str(number) for number in range(size)]
        documents += [] if chance.random() < 0.8 else [chance.choice([" ", "a\n", "\ufffd"])]
        after = chance.choice([*AFTERS, *(str(chance.randrange(10**35)) for _ in range(30))])
        yield {"systemKey": chance.choice(parts), "after": after}, documents


def errors() -> Iterator[dict[str, Any]]:
    for kind, prefix, text, field in itertools.product(
        TYPES, PREFIXES, TEXTS, ["message", "Message"]
    ):
        yield {"__type": prefix + kind, field: text}
        yield {"__type": prefix + kind, field: text, "Item": {"systemKey": {"S": "a"}}}
    yield {}


def responses() -> Iterator[dict[str, Any]]:
    yield {}
    for number, item in itertools.product(range(INPUTS // 8), ITEMS):
        yield {"Item": {**item, "other": {"S": f"{number}'$#\\"}}}


def is_countable(querystring: dict[str, str]) -> bool:
    key, count = querystring.get("systemKey", ""), querystring.get("count", "")
    is_count = count == "" or (count in COUNTS[1:6])
    is_id = querystring.get("idempotencyKey", "") in IDS[:4]
    # Only Python counts \x1f as a space.
    is_blank = key.replace("\x1f", "x").strip() == ""
    is_key = not is_blank and len(key.encode()) <= LONGEST_KEY_BYTES
    of_documents = querystring.get("documentKey", "") + querystring.get("after", "")
    return is_key and is_count and is_id and not of_documents


def assert_same_response(
    velocity: apache.ApacheVelocity,
    source: str,
    document: dict[str, Any],
    querystring: dict[str, str] | None = None,
    path: str = "/counter",
) -> None:
    there, here = context(path), context(path)
    references = {"input": Input(json.dumps(document), querystring or {}), "context": here}
    text = velocity.render(source, querystring, document, there)
    assert text == compiled(source).render(references)
    assert there == here


def context(path: str = "/counter") -> dict[str, Any]:
    """Return what the templates read and set in `$context`."""
    return {
        "resourcePath": path,
        "requestTimeEpoch": 1795860000000,
        "requestOverride": {"path": {}},
        "responseOverride": Overrides(header=Overrides()),
    }


@pytest.mark.parametrize("operation", [*COUNTING, *DOCUMENTS[:-1]], ids=lambda each: each.action)
def test_request_is_the_same_and_returns_the_key_unchanged(
    velocity: apache.ApacheVelocity, operation: Operation, keys: Keys
) -> None:
    template = operation.templates(keys)[operation.request]
    source = mapping.settings(tableName="counters") + template
    for querystring in querystrings():
        there, here = context(operation.path), context(operation.path)
        text = velocity.render(source, querystring, context=there)
        references = {"input": Input("", querystring), "util": Util, "context": here}
        assert text == compiled(source).render(references)
        assert there == here
        request = json.loads(text)
        if operation.action == "UpdateItem":
            assert ("Key" in request) == is_countable(querystring)
        expected = [querystring.get(name) for name in operation.required if name != "after"]
        for key in (write["Update"]["Key"] for write in request.get("TransactItems", [])[1:]):
            assert key["systemKey"]["S"] == "\t".join(map(str, expected))
        if "Key" in request:
            assert request["Key"]["systemKey"]["S"] == "\t".join(map(str, expected))


def test_request_for_a_list_is_the_same_and_returns_the_keys_unchanged(
    velocity: apache.ApacheVelocity, keys: Keys
) -> None:
    operation = DOCUMENTS[-1]
    source = mapping.settings(tableName="counters") + operation.templates(keys)[operation.request]
    for querystring, documents in lists():
        there, here = context(operation.path), context(operation.path)
        text = velocity.render(source, querystring, documents, there)
        given = Input(json.dumps(documents), querystring)
        variables = {"input": given, "util": Util, "context": here}
        assert text == compiled(source).render(variables)
        assert there == here
        writes = [write["Update"] for write in json.loads(text)["TransactItems"]]
        found = [write["Key"]["systemKey"]["S"] for write in writes[1:]]
        assert found in ([], [f"{querystring['systemKey']}\t{each}" for each in documents])


def test_number_is_the_same(velocity: apache.ApacheVelocity) -> None:
    source = DOCUMENTS[1].templates("open")["transact_write_items_response"]
    for querystring in querystrings():
        assert_same_response(velocity, source, {}, querystring)


def test_response_to_a_canceled_transaction_is_the_same(
    velocity: apache.ApacheVelocity, keys: Keys
) -> None:
    source = DOCUMENTS[1].templates(keys)["document_error_response"]
    reasons: list[dict[str, Any]] = [{"Code": code} for code in CODES]
    reasons += [{"Code": CODES[1], "Item": {**item, "a": {"S": "$#"}}} for item in ITEMS]
    for counter, document in itertools.product(reasons, reasons):
        body: dict[str, Any] = {"__type": "x#TransactionCanceledException", "Message": f"{CODES}"}
        assert_same_response(velocity, source, body | {"CancellationReasons": [counter, document]})
        several = {"CancellationReasons": [counter, document, *random.choices(reasons, k=3)]}
        assert_same_response(velocity, source, body | several, path=DOCUMENTS[-1].path)


def test_error_response_is_the_same(velocity: apache.ApacheVelocity, keys: Keys) -> None:
    for operation in (COUNTING[0], DOCUMENTS[0]):
        source = operation.templates(keys)[operation.error]
        for error in errors():
            assert_same_response(velocity, source, error)
            assert_same_response(velocity, f"{WITH_A_BROKEN_RULE}{source}", error)


@pytest.mark.parametrize("count", ["", "1", "5"])
@pytest.mark.parametrize("request_id", IDS)
def test_error_response_with_idempotency_key_is_the_same(
    velocity: apache.ApacheVelocity, keys: Keys, request_id: str, count: str
) -> None:
    source = COUNTING[0].templates(keys)["client_error_response"]
    querystring = {"idempotencyKey": request_id, "count": count}
    for item in [{}, {"ra": {"S": f"{REQUEST_ID}a 1"}, "na": {"N": "9" * 38}}, {"ra": {"N": "1"}}]:
        for kind in ("ConditionalCheckFailedException", "ValidationException"):
            document = {"__type": kind, **({"Item": item} if item else {})}
            assert_same_response(velocity, source, document, querystring)


def test_read_response_is_the_same(velocity: apache.ApacheVelocity, keys: Keys) -> None:
    for operation in (COUNTING[2], DOCUMENTS[0], DOCUMENTS[2]):
        source = operation.templates(keys)[operation.response[-1]]
        for response in responses():
            assert_same_response(velocity, source, response)


def test_update_response_is_the_same(velocity: apache.ApacheVelocity, keys: Keys) -> None:
    source = COUNTING[0].templates(keys)["update_item_response"]
    for number in range(INPUTS):
        document = {"Attributes": {"counterValue": {"N": str(7**number % 10**38)}}}
        assert_same_response(velocity, source, document)


@pytest.mark.parametrize(("program", "printed"), PROGRAMS.items())
def test_program_prints_the_same(
    velocity: apache.ApacheVelocity, program: str, printed: str
) -> None:
    assert velocity.render(program) == printed
