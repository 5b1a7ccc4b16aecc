"""The HTTP API keeps the promises of the README, on this machine or in any deployment."""

from decimal import Decimal
from typing import Any

import pytest

from atomic_counter.options import AppOptions
from tests.counter_under_test import KEY_RULE, MISSING_KEY, UNCOUNTABLE, Counter, error

NO_DOCUMENTS = "this counter has no documents: documentKey and after need its option documents=true"
COUNT_RULE = "count must be a whole number from 1 to 1000"
ODD_KEYS = [
    "o'brien",
    '"}},"TableName":"x',
    "$key #set($a=1)",
    "a\\'b",
    "/\né☃😀",
    "#&=+%;?",
    "get",
]


@pytest.mark.parametrize("http_method", ["GET", "POST"])
def test_next_number_is_plain_digits_from_1_upwards(
    counter: Counter, key: str, http_method: str
) -> None:
    responses = [counter.request(http_method, params={"systemKey": key}) for _ in range(3)]
    assert [response.text for response in responses] == ["1", "2", "3"]
    assert {response.status_code for response in responses} == {200}


def test_response_is_json_and_not_stored(counter: Counter, key: str) -> None:
    for response in (counter.get(key), counter.current(key)):
        assert response.headers["Content-Type"] == "application/json"
        assert response.headers["Cache-Control"] == "no-store"


def test_browser_that_accepts_html_gets_json(counter: Counter, key: str) -> None:
    response = counter.request("GET", params={"systemKey": key}, headers={"Accept": "text/html"})
    assert (response.text, response.headers["Content-Type"]) == ("1", "application/json")


def test_keys_count_independently(counter: Counter) -> None:
    first, second = counter.fresh_key(), counter.fresh_key()
    numbers = [counter.next(key) for key in (first, second, first, first, second)]
    assert numbers == ["1", "1", "2", "3", "2"]


def test_count_reserves_a_block_and_returns_its_last_number(counter: Counter, key: str) -> None:
    numbers = [counter.next(key, count=count) for count in ("10", "1000", "1")]
    assert numbers == ["10", "1010", "1011"]


def test_empty_count_is_1(counter: Counter, key: str) -> None:
    assert [counter.next(key, count=""), counter.next(key)] == ["1", "2"]


@pytest.mark.parametrize(
    "count", ["0", "1001", "-1", "+1", "01", " 1", "1 ", "1.0", "1e2", "٣", "x", '1"}}', "10000"]
)
def test_wrong_count_is_refused_with_the_rule_and_counts_nothing(
    counter: Counter, key: str, count: str
) -> None:
    assert error(counter.get(key, count=count)) == (400, COUNT_RULE)
    assert counter.next(key) == "1"


@pytest.mark.parametrize("http_method", ["GET", "POST"])
@pytest.mark.parametrize("of_document", [{"documentKey": "order-17"}, {"after": "0"}])
def test_counter_without_documents_refuses_their_parameters_and_counts_nothing(
    counter: Counter, key: str, http_method: str, of_document: dict[str, str]
) -> None:
    response = counter.request(http_method, params={"systemKey": key, "count": 5, **of_document})
    assert error(response) == (400, NO_DOCUMENTS)
    assert counter.next(key) == "1"


def test_empty_parameters_of_documents_are_none(counter: Counter, key: str) -> None:
    assert counter.next(key, documentKey="", after="") == "1"


def test_current_is_the_last_number_issued_and_counts_nothing(counter: Counter, key: str) -> None:
    counter.next(key, count=7)
    assert [counter.current(key).text for _ in range(3)] == ["7", "7", "7"]
    assert counter.next(key) == "8"


def test_current_of_a_new_key_is_0_and_creates_nothing(
    counter: Counter, key: str, table: Any
) -> None:
    before = table.get_item(Key={"systemKey": key}).get("Item")
    assert counter.current(key).text == "0"
    assert table.get_item(Key={"systemKey": key}).get("Item") == before


@pytest.mark.parametrize("path", ["", "/current"])
def test_missing_key_is_refused_in_the_words_of_api_gateway(counter: Counter, path: str) -> None:
    response = counter.request("GET", path, headers={"systemKey": "from a header"})
    assert error(response) == (400, MISSING_KEY)


@pytest.mark.parametrize("path", ["", "/current"])
def test_empty_key_is_refused(counter: Counter, path: str) -> None:
    response = counter.request("GET", path, params={"systemKey": ""})
    assert error(response)[0] == 400


@pytest.mark.parametrize("path", ["", "/current"])
@pytest.mark.parametrize("blank", [" ", "\t\n", "\u3000"])
def test_blank_key_is_refused(counter: Counter, path: str, blank: str) -> None:
    """API Gateway's validator may refuse it before the mapping template does."""
    status, message = error(counter.request("GET", path, params={"systemKey": blank}))
    assert (status, message in (KEY_RULE, MISSING_KEY)) == (400, True)


@pytest.mark.parametrize("path", ["", "/current"])
@pytest.mark.parametrize("wrong", ["x" * 2049, "é" * 1025])
def test_too_long_key_is_refused_with_the_rule(counter: Counter, path: str, wrong: str) -> None:
    parameters = {"systemKey": wrong, "count": "0"}
    assert error(counter.request("GET", path, params=parameters)) == (400, KEY_RULE)


@pytest.mark.parametrize("path", ["", "/current"])
@pytest.mark.parametrize("query", ["M%FCller", "M%E4ller", "%FF", "%ED%A0%80"])
def test_key_that_is_not_utf_8_is_refused(counter: Counter, path: str, query: str) -> None:
    assert error(counter.request("GET", f"{path}?systemKey={query}"))[0] == 400


def test_longest_key_counts(counter: Counter) -> None:
    key = counter.fresh_key()
    longest = counter.use(key + "é" * ((2048 - len(key)) // 2))
    assert [counter.next(longest), counter.next(longest)] == ["1", "2"]


@pytest.mark.parametrize("odd", ODD_KEYS)
def test_odd_key_counts_separately(counter: Counter, odd: str) -> None:
    key = counter.fresh_key(odd)
    assert [counter.next(key), counter.next(key), counter.current(key).text] == ["1", "2", "2"]


@pytest.mark.parametrize("odd", ODD_KEYS)
def test_odd_key_is_stored_unchanged(counter: Counter, table: Any, odd: str) -> None:
    key = counter.fresh_key(odd)
    counter.next(key)
    item = table.get_item(Key={"systemKey": key})["Item"]
    assert item == {"systemKey": key, "counterValue": 1}


def test_last_value_of_a_repeated_parameter_counts(counter: Counter, key: str) -> None:
    other = counter.fresh_key()
    response = counter.request("GET", params=[("systemKey", other), ("systemKey", key)])
    assert response.text == "1"
    assert [counter.current(other).text, counter.current(key).text] == ["0", "1"]


def test_header_is_not_a_parameter(counter: Counter, key: str) -> None:
    headers = {"systemKey": "other", "count": "10"}
    assert counter.request("GET", params={"systemKey": key}, headers=headers).text == "1"


def test_parameter_is_not_a_header(counter: Counter, key: str) -> None:
    parameters = {"Content-Type": "text/plain", "x-api-key": "a", "Authorization": "b"}
    assert counter.next(key, **parameters) == "1"


def test_json_body_is_ignored(counter: Counter, key: str) -> None:
    response = counter.request("POST", params={"systemKey": key}, json={"systemKey": "other"})
    assert response.text == "1"


@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded", "text/plain;charset=UTF-8", "application/octet-stream"],
)
@pytest.mark.parametrize("body", [b"", b"a=b"])
def test_body_that_http_clients_send_by_default_is_ignored(
    counter: Counter, key: str, content_type: str, body: bytes
) -> None:
    if counter.auth and "form" in content_type:
        pytest.skip("AWS refuses a signed form that has a query string")
    headers = {"Content-Type": content_type}
    response = counter.request("POST", params={"systemKey": key}, data=body, headers=headers)
    assert (response.status_code, response.text) == (200, "1")


def test_body_of_another_type_is_an_unsupported_media_type(counter: Counter, key: str) -> None:
    headers = {"Content-Type": "application/xml"}
    response = counter.request("POST", params={"systemKey": key}, data=b"<a/>", headers=headers)
    assert error(response)[0] == 415
    assert counter.next(key) == "1"


@pytest.mark.parametrize("value", ["text", -5, Decimal("9" * 38), Decimal("9" * 35 + "000")])
def test_stored_value_that_cannot_be_counted_up_is_a_conflict(
    counter: Counter, key: str, table: Any, value: Any
) -> None:
    table.put_item(Item={"systemKey": key, "counterValue": value})
    assert error(counter.get(key, count=1000)) == (409, UNCOUNTABLE)
    assert table.get_item(Key={"systemKey": key})["Item"]["counterValue"] == value


@pytest.mark.parametrize("value", ["1.5", "0.5", "-0.5", "-7"])
def test_stored_value_that_is_not_a_whole_number_issues_no_number(
    counter: Counter, key: str, table: Any, value: str
) -> None:
    table.put_item(Item={"systemKey": key, "counterValue": Decimal(value)})
    unique = "11111111-2222-4333-8444-55555555555a"
    for parameters in ({}, {"count": 10}, {"idempotencyKey": unique}, {"idempotencyKey": unique}):
        assert error(counter.get(key, **parameters)) == (409, UNCOUNTABLE)
    assert error(counter.current(key)) == (409, UNCOUNTABLE)


@pytest.mark.parametrize("value", ["text", Decimal("1.5"), -5, Decimal("1E+125")])
def test_current_of_a_stored_value_that_is_not_a_number_is_a_conflict(
    counter: Counter, key: str, table: Any, value: Any
) -> None:
    table.put_item(Item={"systemKey": key, "counterValue": value})
    assert error(counter.current(key)) == (409, UNCOUNTABLE)


def test_counter_continues_from_the_value_in_the_table(
    counter: Counter, key: str, table: Any
) -> None:
    table.put_item(Item={"systemKey": key, "counterValue": Decimal("9" * 34 + "8998")})
    assert [counter.next(key), counter.next(key, count=1000)] == ["9" * 34 + "8999", "9" * 38]


@pytest.mark.parametrize(
    ("http_method", "path"), [("PUT", ""), ("DELETE", ""), ("POST", "/current"), ("GET", "/no")]
)
def test_unknown_path_or_method_is_not_found(
    counter: Counter, key: str, options: AppOptions, http_method: str, path: str
) -> None:
    status, _ = error(counter.request(http_method, path, params={"systemKey": key}))
    assert status == (403 if options.authorization == "iam" else 404)
