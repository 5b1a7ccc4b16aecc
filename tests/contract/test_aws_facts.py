"""What nobody has recorded of AWS yet: each fact is a promise of its own, and comes first.

`make live` reports these apart, so that a report from an account tells which facts hold there.
"""

import pytest

from tests.contract.conftest import CounterWith
from tests.counter_under_test import Counter, error

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
UNIQUE = "11111111-2222-4333-8444-55555555555a"


def test_content_type_can_have_a_charset(counter: Counter, key: str) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    response = counter.request("POST", params={"systemKey": key}, headers=headers, data=b"{}")
    assert (response.status_code, response.text) == (200, "1")


def test_type_of_a_form_is_not_passed_to_dynamodb(counter: Counter, key: str) -> None:
    if counter.auth:
        pytest.skip("AWS refuses a signed form that has a query string")
    response = counter.request("POST", params={"systemKey": key}, headers=FORM, data=b"a=b")
    assert (response.status_code, response.text) == (200, "1")


def test_signed_form_with_a_query_string_is_forbidden(counter_with: CounterWith) -> None:
    signed = counter_with(authorization="iam")
    key = signed.fresh_key()
    response = signed.request("POST", params={"systemKey": key}, headers=FORM, data=b"a=b")
    assert error(response)[0] == 403
    assert signed.next(key) == "1"


def test_response_template_reads_the_query_string_of_a_retry(counter: Counter, key: str) -> None:
    """It also needs `ADD` beside a `SET` that reads the same attribute."""
    responses = [counter.get(key, idempotencyKey=UNIQUE) for _ in range(2)]
    assert [(response.status_code, response.text) for response in responses] == [(200, "1")] * 2
    assert counter.current(key).text == "1"


@pytest.mark.parametrize("path", ["/", "/current/"])
def test_trailing_slash_changes_nothing(counter: Counter, key: str, path: str) -> None:
    assert counter.request("GET", path, params={"systemKey": key}).status_code == 200


@pytest.mark.parametrize("path", ["", "/current"])
def test_blank_key_has_the_form_of_every_error(counter: Counter, path: str) -> None:
    assert error(counter.request("GET", path, params={"systemKey": " "}))[0] == 400


def test_key_with_a_null_character_counts_or_is_refused(counter: Counter) -> None:
    key = counter.fresh_key("\x00")
    response = counter.get(key)
    if response.status_code == 200:
        assert [response.text, counter.next(key), counter.current(key).text] == ["1", "2", "2"]
    else:
        assert error(response)[0] == 400


def test_key_that_is_not_utf_8_has_the_form_of_every_error(counter: Counter) -> None:
    assert error(counter.request("GET", "?systemKey=M%FCller"))[0] == 400
