"""The contract's section "HTTP", with the default options: against this app, served on this
machine, or with `--url` or `--stack` against any deployment of it.
"""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
import requests

from tests.counter_under_test import Counter

RULE = (
    "systemKey must be 1 to 2048 bytes of UTF-8 and not blank, count a whole number from 1 to 1000,"
    " idempotencyKey a UUID in lower case"
)
UNCOUNTABLE = "the value stored for this systemKey is not a number or has reached 38 digits"
ODD_KEYS = [
    "o'brien",
    '"}},"TableName":"x',
    "$key #set($a=1)",
    "a\\'b",
    "/\n\x00é☃😀",
    "#&=+%;?",
    "get",
]


def error(answer: requests.Response) -> tuple[int, Any]:
    """Status and message, of an answer that has the form of every error."""
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    (name, message), *rest = answer.json().items()
    assert (name, rest) == ("message", [])
    return answer.status_code, message


@pytest.fixture
def table(counter: Counter) -> Any:
    """The table behind the counter."""
    if counter.table is None:
        pytest.skip("only the URL is known; --stack NAME finds the table too")
    return counter.table


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


# Both are remembered in slot `a`, the third is in slot `b`.
ONE, OTHER_OF_ITS_SLOT, OF_ANOTHER_SLOT = (
    f"11111111-2222-4333-8444-{end}" for end in ("55555555555a", "66666666666a", "55555555555b")
)


def test_a_repeated_request_gets_the_number_that_it_got(counter: Counter, key: str) -> None:
    first, *others = [counter.get(key, count=5, idempotencyKey=ONE) for _ in range(3)]
    assert (first.status_code, first.text) == (200, "5")
    for other in others:
        assert (other.status_code, other.text) == (200, "5")
        assert other.headers["Content-Type"] == first.headers["Content-Type"]
        assert other.headers["Cache-Control"] == first.headers["Cache-Control"]
    assert counter.next(key) == "6"


def test_get_and_post_are_one_request(counter: Counter, key: str) -> None:
    parameters = {"systemKey": key, "idempotencyKey": ONE}
    answers = [counter.request(method, params=parameters).text for method in ("POST", "GET")]
    assert answers == ["1", "1"]


def test_a_request_is_remembered_after_others(counter: Counter, key: str) -> None:
    assert counter.next(key, idempotencyKey=ONE) == "1"
    others = [counter.next(key), counter.next(key, idempotencyKey=OF_ANOTHER_SLOT)]
    assert [*others, counter.next(key, idempotencyKey=ONE)] == ["2", "3", "1"]


def test_another_request_in_its_slot_makes_it_forgotten(counter: Counter, key: str) -> None:
    keys = (ONE, OTHER_OF_ITS_SLOT, ONE, OTHER_OF_ITS_SLOT)
    assert [counter.next(key, idempotencyKey=each) for each in keys] == ["1", "2", "3", "4"]


def test_the_same_uuid_with_another_count_or_key_is_another_request(
    counter: Counter, key: str
) -> None:
    assert [counter.next(key, idempotencyKey=ONE, count=n) for n in (1, 2)] == ["1", "3"]
    assert counter.next(counter.fresh_key(), idempotencyKey=ONE) == "1"
    assert [counter.next(key, idempotencyKey=ONE, count=n) for n in (2, "", 1)] == ["3", "4", "4"]


def test_an_empty_idempotency_key_is_none(counter: Counter, key: str) -> None:
    assert [counter.next(key, idempotencyKey="") for _ in range(2)] == ["1", "2"]


@pytest.mark.parametrize(
    "wrong",
    [
        *(ONE.upper(), ONE[:-1], f"{ONE}0", f" {ONE}", f"{ONE}\n", ONE.replace("-", "")),
        *(f"{{{ONE}}}", f"{ONE[:-1]}g", "x", '"}}', "$request"),
    ],
)
def test_another_idempotency_key_is_told_the_rule_and_counts_nothing(
    counter: Counter, key: str, wrong: str
) -> None:
    assert error(counter.get(key, idempotencyKey=wrong)) == (400, RULE)
    assert counter.next(key) == "1"


def test_clients_with_the_same_uuid_at_once_get_one_number(counter: Counter, key: str) -> None:
    with ThreadPoolExecutor(32) as clients:
        numbers = clients.map(lambda _: counter.next(key, idempotencyKey=ONE), range(32))
        assert set(numbers) == {"1"}
    assert counter.current(key).text == "1"


def test_at_the_limit_a_repeated_request_gets_its_number_and_another_a_conflict(
    counter: Counter, key: str, table: Any
) -> None:
    table.put_item(Item={"systemKey": key, "counterValue": Decimal("9" * 34 + "8999")})
    numbers = [counter.next(key, idempotencyKey=ONE, count=1000) for _ in range(2)]
    assert numbers == ["9" * 38] * 2
    assert error(counter.get(key, idempotencyKey=ONE)) == (409, UNCOUNTABLE)
    assert error(counter.get(key, idempotencyKey=OF_ANOTHER_SLOT)) == (409, UNCOUNTABLE)


def test_current_is_the_last_number_given_out_and_counts_nothing(
    counter: Counter, key: str
) -> None:
    counter.next(key, count=7)
    assert [counter.current(key).text for _ in range(3)] == ["7", "7", "7"]
    assert counter.next(key) == "8"


def test_current_of_a_new_key_is_0_and_creates_nothing(
    counter: Counter, key: str, table: Any
) -> None:
    assert counter.current(key).text == "0"
    assert "Item" not in table.get_item(Key={"systemKey": key})


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
    counter.used.append(key + "é" * ((2048 - len(key)) // 2))
    assert [counter.next(counter.used[-1]), counter.next(counter.used[-1])] == ["1", "2"]


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
    counter: Counter, key: str, http_method: str, path: str
) -> None:
    answer = counter.request(http_method, path, params={"systemKey": key})
    assert error(answer) == (404, "Not Found")
