"""Every number belongs to one document, forever, and no number is missing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from atomic_counter.options import AppOptions
from tests.contract.conftest import CounterWith
from tests.counter_under_test import (
    AFTER_RULE,
    DOCUMENT_RULE,
    KEY_RULE,
    UNCOUNTABLE,
    Counter,
    error,
    item_key,
)

ODD_KEYS = ["o'brien", '"}},"TableName":"x', "$key #set($a=1)", "a\\'b", "/é☃😀", "#&=+%;?", "get"]
LARGEST = 10**37 - 1
NO_NUMBER = (404, "this documentKey has no number")
WRONG_NUMBER = (409, "the value stored for this documentKey is not a whole number above 0")
REGISTERED = (409, "systemKey and documentKey joined by a tab are a registered systemKey")
UNKNOWN = (404, "this systemKey is not registered")


@pytest.fixture
def documents(counter_with: CounterWith, options: AppOptions) -> Counter:
    return counter_with(documents=True, keys=options.keys)


@pytest.fixture
def registered(counter_with: CounterWith) -> Counter:
    counter = counter_with(documents=True, keys="registered")
    if counter.table is None:
        pytest.skip("only the URL is known; --stack NAME finds the table too")
    return counter


@pytest.fixture
def key(documents: Counter) -> str:
    return documents.fresh_key()


@pytest.fixture
def table(documents: Counter) -> Any:
    if documents.table is None:
        pytest.skip("only the URL is known; --stack NAME finds the table, too")
    return documents.table


@pytest.fixture
def odd_pairs(documents: Counter) -> Iterator[tuple[str, str]]:
    return ((documents.fresh_key(odd), odd) for odd in ODD_KEYS)


def last_number(response: Any) -> tuple[int, str | None]:
    assert error(response)[0] == response.status_code
    return response.status_code, response.headers.get("Last-Number")


def test_document_gets_the_number_after_the_last_one(documents: Counter, key: str) -> None:
    responses = [documents.assign(key, f"order-{after}", after) for after in range(3)]
    assert [response.text for response in responses] == ["1", "2", "3"]
    assert documents.current(key).text == "3"


def test_document_keeps_its_number_whatever_after_says(documents: Counter, key: str) -> None:
    assert documents.assign(key, "a", 0).text == "1"
    assert documents.assign(key, "b", 1).text == "2"
    responses = [documents.assign(key, "a", after) for after in (0, 1, 2, 7, LARGEST)]
    assert {(response.status_code, response.text) for response in responses} == {(200, "1")}
    assert documents.current(key).text == "2"


def test_after_that_is_not_the_last_number_changes_nothing(documents: Counter, key: str) -> None:
    assert last_number(documents.assign(key, "a", 5)) == (412, "0")
    assert documents.assign(key, "a", 0).text == "1"
    for after in (0, 2, LARGEST):
        assert last_number(documents.assign(key, "b", after)) == (412, "1")
    assert (error(documents.number_of(key, "b")), documents.current(key).text) == (NO_NUMBER, "1")


def test_number_of_a_document_is_read_and_not_assigned(documents: Counter, key: str) -> None:
    assert error(documents.number_of(key, "a")) == NO_NUMBER
    documents.assign(key, "a", 0)
    assert [documents.number_of(key, "a").text for _ in range(2)] == ["1", "1"]
    assert documents.current(key).text == "1"


def test_number_is_json_and_not_stored(documents: Counter, key: str) -> None:
    for response in (documents.assign(key, "a", 0), documents.number_of(key, "a")):
        assert response.headers["Content-Type"] == "application/json"
        assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("missing", ["systemKey", "documentKey", "after"])
def test_missing_parameter_is_refused_in_the_words_of_api_gateway(
    documents: Counter, key: str, missing: str
) -> None:
    parameters = {"systemKey": key, "documentKey": "a", "after": "0"}
    del parameters[missing]
    response = documents.request("POST", params=parameters, headers={missing: "from a header"})
    assert error(response) == (400, f"Missing required request parameters: [{missing}]")


@pytest.mark.parametrize(
    "after", ["-1", "+1", "01", "00", " 1", "1 ", "1.0", "1e2", "٣", "x", "(", '1"}}', LARGEST + 1]
)
def test_wrong_after_is_refused_with_the_rule(documents: Counter, key: str, after: object) -> None:
    assert error(documents.assign(key, "a", after)) == (400, AFTER_RULE)
    assert error(documents.number_of(key, "a")) == NO_NUMBER


@pytest.mark.parametrize("wrong", [" ", "\u3000", "a\tb", "a\n", "\x7f", "a\x85", "x" * 2048])
def test_wrong_document_is_refused_with_the_rule(documents: Counter, key: str, wrong: str) -> None:
    assert error(documents.assign(key, wrong, 0)) == (400, DOCUMENT_RULE)
    assert error(documents.number_of(key, wrong)) == (400, DOCUMENT_RULE)
    assert documents.current(key).text == "0"


def test_wrong_key_is_refused_with_its_rule_whatever_the_document_is(documents: Counter) -> None:
    for document in ("a", "a\n"):
        assert error(documents.assign("x" * 2049, document, "x")) == (400, KEY_RULE)
        assert error(documents.number_of("x" * 2049, document)) == (400, KEY_RULE)


@pytest.mark.parametrize("wrong", ["%FF", "M%FCller", "%ED%A0%80"])
def test_document_that_is_not_utf_8_is_refused(documents: Counter, key: str, wrong: str) -> None:
    query = f"?systemKey={key.replace(' ', '%20')}&documentKey={wrong}&after=0"
    assert error(documents.request("POST", query))[0] == 400
    assert documents.current(key).text == "0"


def test_odd_documents_of_odd_keys_have_numbers_of_their_own(
    documents: Counter, odd_pairs: Iterator[tuple[str, str]]
) -> None:
    for key, odd in odd_pairs:
        for number, document in enumerate(ODD_KEYS):
            assert documents.assign(key, document, number).text == str(number + 1)
        assert documents.number_of(key, odd).text == str(ODD_KEYS.index(odd) + 1)


def test_item_of_a_document_has_a_readable_key(
    documents: Counter, odd_pairs: Iterator[tuple[str, str]], table: Any
) -> None:
    for key, odd in odd_pairs:
        documents.assign(key, odd, 0)
        item = table.get_item(Key={"systemKey": f"{key}\t{odd}"})["Item"]
        assert item.pop("issuedAt") > 0
        assert item == {"systemKey": f"{key}\t{odd}", "documentNumber": 1}
        counter = {"systemKey": key, "counterValue": 1}
        assert table.get_item(Key={"systemKey": key})["Item"] == counter


def test_pairs_that_look_alike_have_items_of_their_own(documents: Counter, key: str) -> None:
    with_tab, with_space = documents.use(f"{key}\ta"), documents.use(f"{key} a")
    for one, document in ((key, "a b"), (with_tab, "b"), (with_space, "b"), (key, "b")):
        assert error(documents.number_of(one, document)) == NO_NUMBER
        last = documents.current(one).text
        assert documents.assign(one, document, last).text == str(int(last) + 1)


def test_longest_keys_have_2047_bytes_together(documents: Counter, key: str) -> None:
    document = "é" * ((2047 - len(key)) // 2)
    document += "x" * (2047 - len(key) - len(document.encode()))
    assert documents.assign(key, document, 0).text == "1"
    assert documents.number_of(key, document).text == "1"
    assert error(documents.number_of(key, f"{document}x")) == (400, DOCUMENT_RULE)


def test_concurrent_documents_get_different_numbers(documents: Counter, key: str) -> None:
    with ThreadPoolExecutor(16) as clients:
        responses = list(clients.map(lambda n: documents.assign(key, f"{n}", 0), range(16)))
    assert sorted(response.status_code for response in responses) == [200, *[412] * 15]
    assert {response.headers.get("Last-Number", "1") for response in responses} == {"1"}
    assert documents.current(key).text == "1"


def test_concurrent_requests_for_one_document_get_one_number(documents: Counter, key: str) -> None:
    with ThreadPoolExecutor(16) as clients:
        responses = list(clients.map(lambda _: documents.assign(key, "a", 0), range(16)))
    assert {r.text for r in responses if r.status_code == 200} == {"1"}
    assert {r.status_code for r in responses} <= {200, 412}


def test_counter_continues_at_its_value(documents: Counter, key: str, table: Any) -> None:
    table.put_item(Item={"systemKey": key, "counterValue": 41, "ra": "old", "na": 41})
    assert last_number(documents.assign(key, "a", 0)) == (412, "41")
    assert documents.assign(key, "a", 41).text == "42"


def test_number_can_have_38_digits_and_the_next_one_is_a_conflict(
    documents: Counter, key: str, table: Any
) -> None:
    table.put_item(Item={"systemKey": key, "counterValue": Decimal(LARGEST - 1)})
    assert documents.assign(key, "a", LARGEST - 1).text == str(LARGEST)
    assert last_number(documents.assign(key, "b", 0)) == (412, str(LARGEST))
    assert documents.assign(key, "b", LARGEST).text == str(LARGEST + 1)
    assert error(documents.assign(key, "c", LARGEST)) == (409, UNCOUNTABLE)
    assert [documents.number_of(key, d).text for d in "ab"] == [str(LARGEST), str(LARGEST + 1)]


@pytest.mark.parametrize("value", ["text", "", Decimal("1.5"), -5, None, Decimal(10**37)])
def test_stored_value_that_is_no_last_number_is_a_conflict_except_for_numbered_documents(
    documents: Counter, key: str, table: Any, value: Any
) -> None:
    documents.assign(key, "a", 0)
    table.put_item(Item={"systemKey": key, "counterValue": value})
    assert error(documents.assign(key, "b", 1)) == (409, UNCOUNTABLE)
    assert (documents.assign(key, "a", 0).text, documents.number_of(key, "a").text) == ("1", "1")


@pytest.mark.parametrize("value", ["text", Decimal("1.5"), 0])
def test_stored_number_of_a_document_that_is_none_is_a_conflict(
    documents: Counter, key: str, table: Any, value: Any
) -> None:
    table.put_item(Item={"systemKey": item_key(key, "a"), "documentNumber": value})
    assert error(documents.assign(key, "a", 0)) == WRONG_NUMBER
    assert error(documents.number_of(key, "a")) == WRONG_NUMBER
    assert documents.current(key).text == "0"


def test_documents_of_an_unregistered_key_get_no_numbers(registered: Counter) -> None:
    assert error(registered.assign("unknown", "a", 0)) == UNKNOWN
    assert error(registered.assign("unknown", "a", 7)) == UNKNOWN
    assert error(registered.number_of("unknown", "a")) == NO_NUMBER
    assert "Item" not in registered.table.get_item(Key={"systemKey": "unknown"})


def test_document_keeps_its_number_when_its_key_is_no_longer_registered(
    registered: Counter,
) -> None:
    key = registered.fresh_key()
    assert registered.assign(key, "a", 0).text == "1"
    registered.table.delete_item(Key={"systemKey": key})
    assert registered.assign(key, "a", 0).text == "1"
    assert error(registered.assign(key, "b", 1)) == UNKNOWN


def test_item_of_a_document_registers_no_key(registered: Counter) -> None:
    key = registered.fresh_key()
    registered.assign(key, "a", 0)
    for after in (0, 1):
        assert error(registered.assign(item_key(key, "a"), "b", after)) == UNKNOWN
    assert error(registered.current(item_key(key, "a"))) == UNKNOWN


@pytest.mark.parametrize("last", [0, 7])
def test_registered_key_is_never_the_item_of_a_document(registered: Counter, last: int) -> None:
    key = registered.fresh_key()
    with_tab = registered.use(item_key(key, "2026"))
    if last:
        registered.table.put_item(Item={"systemKey": with_tab, "counterValue": last})
    assert error(registered.assign(key, "2026", 0)) == REGISTERED
    assert registered.current(with_tab).text == str(last)
    assert registered.assign(with_tab, "a", last).text == str(last + 1)
    assert registered.assign(key, "2027", 0).text == "1"


@pytest.mark.parametrize(
    ("http_method", "path"), [("PUT", ""), ("POST", "/current"), ("GET", "/no")]
)
def test_unknown_path_or_method_is_not_found(
    documents: Counter, key: str, options: AppOptions, http_method: str, path: str
) -> None:
    status, _ = error(documents.request(http_method, path, params={"systemKey": key}))
    assert status == (403 if options.authorization == "iam" else 404)


def test_only_a_body_of_another_type_is_an_unsupported_media_type(
    documents: Counter, key: str
) -> None:
    parameters = {"systemKey": key, "documentKey": "a", "after": 0}
    headers = {"Content-Type": "application/xml"}
    response = documents.request("POST", params=parameters, data=b"<a/>", headers=headers)
    assert error(response)[0] == 415
    assert error(documents.number_of(key, "a")) == NO_NUMBER
    assert documents.request("POST", params=parameters, data={"a": "b"}).text == "1"


def test_count_and_idempotency_key_are_not_parameters(documents: Counter, key: str) -> None:
    parameters = {"systemKey": key, "documentKey": "a", "after": 0, "count": 0}
    response = documents.request("POST", params={**parameters, "idempotencyKey": "x"})
    assert response.text == "1"


def test_pages_can_read_the_last_number(counter_with: CounterWith) -> None:
    counter = counter_with(documents=True, allow_origin="https://app.example.com")
    response = counter.assign(counter.fresh_key(), "a", 7)
    assert response.headers["Access-Control-Expose-Headers"] == "Retry-After,Last-Number"
    assert response.headers["Last-Number"] == "0"
