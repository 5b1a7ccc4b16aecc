"""The contract's section "HTTP": against this app, served on this machine, or with `--url` or
`--stack` against any deployment of it.
"""

from decimal import Decimal
from typing import Any

import pytest

from atomic_counter.options import Options
from tests.counter_under_test import RULE, UNCOUNTABLE, Counter, error

ODD_KEYS = [
    "o'brien",
    '"}},"TableName":"x',
    "$key #set($a=1)",
    "a\\'b",
    "/\n\x00é☃😀",
    "#&=+%;?",
    "get",
]


@pytest.mark.parametrize("http_method", ["GET", "POST"])
def test_the_next_number_is_plain_digits_from_1_upwards(
    counter: Counter, key: str, http_method: str
) -> None:
    answers = [counter.request(http_method, params={"systemKey": key}) for _ in range(3)]
    assert [answer.text for answer in answers] == ["1", "2", "3"]
    assert {answer.status_code for answer in answers} == {200}


def test_an_answer_is_json_and_is_not_stored(counter: Counter, key: str) -> None:
    for answer in (counter.get(key), counter.current(key)):
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_browser_that_accepts_html_gets_json(counter: Counter, key: str) -> None:
    answer = counter.request("GET", params={"systemKey": key}, headers={"Accept": "text/html"})
    assert (answer.text, answer.headers["Content-Type"]) == ("1", "application/json")


def test_two_keys_do_not_disturb_each_other(counter: Counter) -> None:
    first, second = counter.fresh_key(), counter.fresh_key()
    numbers = [counter.next(key) for key in (first, second, first, first, second)]
    assert numbers == ["1", "1", "2", "3", "2"]


def test_a_count_reserves_a_block_of_which_the_body_is_the_last(counter: Counter, key: str) -> None:
    numbers = [counter.next(key, count=count) for count in ("10", "1000", "1")]
    assert numbers == ["10", "1010", "1011"]


def test_an_empty_count_is_1(counter: Counter, key: str) -> None:
    assert [counter.next(key, count=""), counter.next(key)] == ["1", "2"]


@pytest.mark.parametrize(
    "count", ["0", "1001", "-1", "+1", "01", " 1", "1 ", "1.0", "1e2", "٣", "x", '1"}}', "10000"]
)
def test_another_count_is_told_the_rule_and_counts_nothing(
    counter: Counter, key: str, count: str
) -> None:
    assert error(counter.get(key, count=count)) == (400, RULE)
    assert counter.next(key) == "1"


def test_current_is_the_last_number_given_out_and_counts_nothing(
    counter: Counter, key: str
) -> None:
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
def test_a_missing_key_is_refused_in_api_gateways_words(counter: Counter, path: str) -> None:
    answer = counter.request("GET", path, headers={"systemKey": "from a header"})
    assert error(answer) == (400, "Missing required request parameters: [systemKey]")


@pytest.mark.parametrize("path", ["", "/current"])
def test_an_empty_key_is_refused(counter: Counter, path: str) -> None:
    answer = counter.request("GET", path, params={"systemKey": ""})
    assert error(answer)[0] == 400


@pytest.mark.parametrize("path", ["", "/current"])
@pytest.mark.parametrize("wrong", [" ", "\t\n", "\u3000", "x" * 2049, "é" * 1025])
def test_a_blank_or_too_long_key_is_told_the_rule(counter: Counter, path: str, wrong: str) -> None:
    assert error(counter.request("GET", path, params={"systemKey": wrong})) == (400, RULE)


def test_the_longest_key_counts(counter: Counter) -> None:
    key = counter.fresh_key()
    longest = counter.use(key + "é" * ((2048 - len(key)) // 2))
    assert [counter.next(longest), counter.next(longest)] == ["1", "2"]


@pytest.mark.parametrize("odd", ODD_KEYS)
def test_an_odd_key_counts_for_itself(counter: Counter, odd: str) -> None:
    key = counter.fresh_key(odd)
    assert [counter.next(key), counter.next(key), counter.current(key).text] == ["1", "2", "2"]


@pytest.mark.parametrize("odd", ODD_KEYS)
def test_an_odd_key_is_stored_unchanged(counter: Counter, table: Any, odd: str) -> None:
    key = counter.fresh_key(odd)
    counter.next(key)
    item = table.get_item(Key={"systemKey": key})["Item"]
    assert item == {"systemKey": key, "counterValue": 1}


def test_of_a_repeated_parameter_the_last_counts(counter: Counter, key: str) -> None:
    other = counter.fresh_key()
    answer = counter.request("GET", params=[("systemKey", other), ("systemKey", key)])
    assert answer.text == "1"
    assert [counter.current(other).text, counter.current(key).text] == ["0", "1"]


def test_a_header_is_not_a_parameter(counter: Counter, key: str) -> None:
    headers = {"systemKey": "other", "count": "10"}
    assert counter.request("GET", params={"systemKey": key}, headers=headers).text == "1"


def test_a_parameter_is_not_a_header(counter: Counter, key: str) -> None:
    parameters = {"Content-Type": "text/plain", "x-api-key": "a", "Authorization": "b"}
    assert counter.next(key, **parameters) == "1"


def test_a_json_body_is_ignored(counter: Counter, key: str) -> None:
    answer = counter.request("POST", params={"systemKey": key}, json={"systemKey": "other"})
    assert answer.text == "1"


def test_a_body_that_is_not_json_is_an_unsupported_media_type(counter: Counter, key: str) -> None:
    answer = counter.request("POST", params={"systemKey": key}, data={"a": "b"})
    assert error(answer)[0] == 415
    assert counter.next(key) == "1"


@pytest.mark.parametrize("value", ["text", Decimal("9" * 38), Decimal("9" * 35 + "000")])
def test_a_value_that_cannot_be_counted_up_is_a_conflict(
    counter: Counter, key: str, table: Any, value: Any
) -> None:
    table.put_item(Item={"systemKey": key, "counterValue": value})
    assert error(counter.get(key, count=1000)) == (409, UNCOUNTABLE)
    assert table.get_item(Key={"systemKey": key})["Item"]["counterValue"] == value


def test_current_of_a_value_that_is_no_number_is_a_conflict(
    counter: Counter, key: str, table: Any
) -> None:
    table.put_item(Item={"systemKey": key, "counterValue": "text"})
    assert error(counter.current(key)) == (409, UNCOUNTABLE)


def test_a_counter_goes_on_from_the_value_in_the_table(
    counter: Counter, key: str, table: Any
) -> None:
    table.put_item(Item={"systemKey": key, "counterValue": Decimal("9" * 34 + "8998")})
    assert [counter.next(key), counter.next(key, count=1000)] == ["9" * 34 + "8999", "9" * 38]


@pytest.mark.parametrize(
    ("http_method", "path"), [("PUT", ""), ("DELETE", ""), ("POST", "/current"), ("GET", "/no")]
)
def test_an_unknown_path_or_method_is_not_found(
    counter: Counter, key: str, options: Options, http_method: str, path: str
) -> None:
    status, _ = error(counter.request(http_method, path, params={"systemKey": key}))
    assert status == (403 if options.authorization == "iam" else 404)
