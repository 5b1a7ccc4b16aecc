"""A list of documents gets its numbers in one transaction, in order, or not at all."""

from typing import Any

import pytest

from tests.contract.conftest import CounterWith
from tests.counter_under_test import AFTER_RULE, DOCUMENT_RULE, KEY_RULE, Counter, error, item_key

LIST_RULE = "the body must be a JSON array of 1 to 99 different documentKeys, which are strings"
IN_LIST_RULE = DOCUMENT_RULE.replace("documentKey", "each documentKey of the list")
TOO_MANY = "after plus the length of the list must be at most 10^37"
STALE = "after is not the last number of this systemKey, which is in the header Last-Number"
SOME = "some of these documents have a number"
MAX_DOCUMENTS = 99
WRONG_KEYS = ["", " ", "\u3000", "a\tb", "a\n", "\x00", "\x7f", "\ufffd", "x" * 2048, chr(0xD800)]


@pytest.fixture
def documents(counter_with: CounterWith) -> Counter:
    return counter_with(documents=True)


@pytest.fixture
def key(documents: Counter) -> str:
    return documents.fresh_key()


def names(count: int) -> list[str]:
    return [f"document {number}" for number in range(count)]


@pytest.mark.parametrize("count", [1, 2, MAX_DOCUMENTS])
def test_documents_get_the_numbers_after_the_last_one_in_the_order_of_the_list(
    documents: Counter, key: str, count: int
) -> None:
    documents.assign(key, "first", 0)
    response = documents.assign_list(key, names(count), 1)
    assert (response.status_code, response.json()) == (200, list(range(2, count + 2)))
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert documents.current(key).text == str(count + 1)
    assert documents.number_of(key, names(count)[-1]).text == str(count + 1)


@pytest.mark.parametrize("after", [0, 3, 99])
def test_list_whose_documents_have_numbers_returns_them_whatever_after_is(
    documents: Counter, key: str, after: int
) -> None:
    assert documents.assign_list(key, ["a", "b", "c"], 0).json() == [1, 2, 3]
    assert documents.assign_list(key, ["c", "a"], after).json() == [3, 1]
    assert documents.current(key).text == "3"


def test_list_of_which_some_have_numbers_changes_nothing_and_names_them(
    documents: Counter, key: str
) -> None:
    documents.assign_list(key, ["a", "b"], 0)
    response = documents.assign_list(key, ["new", "b", "newer", "a"], 2)
    numbers = [None, 2, None, 1]
    assert (response.status_code, response.json()) == (409, {"message": SOME, "numbers": numbers})
    assert response.headers["Cache-Control"] == "no-store"
    assert documents.current(key).text == "2"
    assert documents.number_of(key, "new").status_code == 404


@pytest.mark.parametrize("after", ["0", "2", "9" * 37])
def test_wrong_after_changes_nothing_and_returns_the_last_number(
    documents: Counter, key: str, after: str
) -> None:
    documents.assign(key, "a", 0)
    response = documents.assign_list(key, ["b", "c"] if len(after) < 37 else ["b"], after)
    assert error(response) == (412, STALE)
    assert response.headers["Last-Number"] == "1"
    assert documents.number_of(key, "b").status_code == 404


def test_number_of_38_digits_is_issued_and_the_next_one_is_refused(
    documents: Counter, key: str
) -> None:
    last = int("9" * 37)
    if documents.table is None:
        pytest.skip("only the URL is known; --stack NAME finds the table, too")
    documents.table.put_item(Item={"systemKey": key, "counterValue": last - 1})
    assert error(documents.assign_list(key, ["a", "b", "c"], last - 1)) == (400, TOO_MANY)
    assert documents.assign_list(key, ["a", "b"], last - 1).json() == [last, last + 1]


@pytest.mark.parametrize(
    "body",
    [[], names(MAX_DOCUMENTS + 1), ["a", "a"], [1], [None], [["a"]], {}, {"a": "b"}, "a", 1, None],
    ids=lambda body: str(body)[:20],
)
def test_body_that_is_not_such_a_list_is_refused(documents: Counter, key: str, body: Any) -> None:
    assert error(documents.assign_list(key, body, 0)) == (400, LIST_RULE)
    assert documents.current(key).text == "0"


@pytest.mark.parametrize("body", [b"", b"[", b'["a",]', b"\xff", b'["a"] b'])
def test_body_that_is_not_json_is_refused(documents: Counter, key: str, body: bytes) -> None:
    parameters, headers = {"systemKey": key, "after": 0}, {"Content-Type": "application/json"}
    response = documents.request(
        "POST", "/documents", params=parameters, data=body, headers=headers
    )
    assert error(response) == (400, LIST_RULE)


@pytest.mark.parametrize(
    "document",
    ["", " ", "\u3000", "a\tb", "a\n", "\x00", "\x7f", "\ufffd", chr(0xD800), "x" * 2048],
)
def test_list_with_a_wrong_document_key_changes_nothing(
    documents: Counter, key: str, document: str
) -> None:
    assert error(documents.assign_list(key, ["right", document], 0)) == (400, IN_LIST_RULE)
    assert documents.current(key).text == "0"
    assert documents.number_of(key, "right").status_code == 404


@pytest.mark.parametrize("after", ["-1", "01", "1.0", "x", " 1"])
def test_list_with_a_wrong_after_is_refused(documents: Counter, key: str, after: str) -> None:
    assert error(documents.assign_list(key, ["a", "b"], after)) == (400, AFTER_RULE)
    assert documents.assign_list(key, ["a"], "").status_code == 400


def test_list_of_a_wrong_key_is_refused_with_its_rule(documents: Counter) -> None:
    assert error(documents.assign_list("x" * 2049, ["a", "b\n"], "x")) == (400, KEY_RULE)


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "a/b"])
def test_list_of_another_type_is_an_unsupported_media_type(
    documents: Counter, key: str, content_type: str
) -> None:
    response = documents.request(
        "POST",
        "/documents",
        params={"systemKey": key, "after": 0},
        data=b'["a"]',
        headers={"Content-Type": content_type},
    )
    assert error(response)[0] == 415


def test_hostile_document_keys_stay_data(documents: Counter, key: str) -> None:
    hostile = ["o'brien", '"}},{"Delete":{}', "back\\slash \\'", "$key ${x} #set($a = 1)", "😀 é"]
    assert documents.assign_list(key, hostile, 0).json() == [1, 2, 3, 4, 5]
    numbers = [documents.number_of(key, each).text for each in hostile]
    assert numbers == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("missing", ["systemKey", "after"])
def test_missing_parameter_of_a_list_is_named(documents: Counter, key: str, missing: str) -> None:
    parameters = {"systemKey": key, "after": "0"}
    del parameters[missing]
    response = documents.request("POST", "/documents", params=parameters, json=["a"])
    assert error(response) == (400, f"Missing required request parameters: [{missing}]")


def test_documents_of_an_unregistered_key_get_no_numbers(counter_with: CounterWith) -> None:
    registered = counter_with(documents=True, keys="registered")
    response = registered.assign_list("unknown", ["a", "b"], 0)
    assert error(response) == (404, "this systemKey is not registered")
    key = registered.fresh_key()
    assert registered.assign_list(key, ["a", "b"], 0).json() == [1, 2]


def test_time_of_issue_is_stored_with_each_document(documents: Counter, key: str) -> None:
    if documents.table is None:
        pytest.skip("only the URL is known; --stack NAME finds the table, too")
    documents.assign(key, "one", 0)
    documents.assign_list(key, ["two", "three"], 1)
    items = [
        documents.table.get_item(Key={"systemKey": item_key(key, name)})["Item"]
        for name in ("one", "two", "three")
    ]
    one, two, three = (int(item["issuedAt"]) for item in items)
    assert 1_700_000_000_000 < one <= two == three


def test_counter_without_documents_has_no_list(counter_with: CounterWith) -> None:
    plain = counter_with(documents=False)
    assert plain.assign_list("a", ["b"], 0).status_code == 404
