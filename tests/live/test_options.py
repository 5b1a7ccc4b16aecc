"""What an option promises to those who ask, against a counter that has it."""

import pytest

from tests.counter_under_test import Counter, error
from tests.live.conftest import Having
from tests.serving import ServedCounter

REQUEST_ID = "11111111-2222-4333-8444-55555555555a"
UNKNOWN = (404, "this systemKey is not registered")
ORIGIN = "https://app.example.com"


@pytest.fixture
def registered(having: Having) -> Counter:
    counter = having(keys="registered")
    if counter.table is None:
        pytest.skip("only the URL is known; --stack NAME finds the table too")
    return counter


@pytest.fixture
def keyed(having: Having) -> Counter:
    return having(authorization="api-key")


@pytest.fixture
def signed(having: Having) -> Counter:
    return having(authorization="iam")


@pytest.fixture
def for_pages(having: Having) -> Counter:
    return having(allow_origin=ORIGIN)


def test_where_keys_are_registered_another_is_not_found_and_not_created(
    registered: Counter,
) -> None:
    assert error(registered.get("unknown")) == UNKNOWN
    assert error(registered.get("unknown", idempotencyKey=REQUEST_ID)) == UNKNOWN
    assert error(registered.current("unknown")) == UNKNOWN
    assert "Item" not in registered.table.get_item(Key={"systemKey": "unknown"})


def test_a_registered_key_counts_from_1(registered: Counter) -> None:
    key = registered.fresh_key()
    assert registered.current(key).text == "0"
    assert [registered.next(key), registered.next(key, count=5)] == ["1", "6"]


def test_a_registered_key_at_the_limit_is_told_from_an_unknown_one(registered: Counter) -> None:
    key = registered.fresh_key()
    registered.table.put_item(Item={"systemKey": key, "counterValue": 10**38 - 1001})
    for _ in range(2):
        assert registered.next(key, idempotencyKey=REQUEST_ID, count=1000) == "9" * 38
    assert error(registered.get(key))[0] == 409
    assert error(registered.get(key, idempotencyKey=REQUEST_ID))[0] == 409


def test_with_its_api_key_a_request_counts(keyed: Counter) -> None:
    key = keyed.fresh_key()
    assert [keyed.next(key), keyed.current(key).text] == ["1", "1"]


def test_without_its_api_key_or_with_another_a_request_is_forbidden(keyed: Counter) -> None:
    stranger = keyed.of_a_stranger()
    assert error(stranger.get("a")) == error(stranger.current("a")) == (403, "Forbidden")
    assert error(stranger.request("GET", headers={"x-api-key": "b" * 40})) == (403, "Forbidden")


def test_signed_a_request_counts(signed: Counter) -> None:
    key = signed.fresh_key("a b")
    assert [signed.next(key), signed.current(key).text] == ["1", "1"]


def test_unsigned_a_request_is_forbidden(signed: Counter) -> None:
    refused = (403, "Missing Authentication Token")
    stranger = signed.of_a_stranger()
    assert error(stranger.get("a")) == error(stranger.current("a")) == refused
    assert error(stranger.request("GET", "/no")) == refused


def test_with_a_signature_of_nobody_a_request_is_forbidden(signed: Counter) -> None:
    if isinstance(signed, ServedCounter):
        pytest.skip("on one machine signatures are not checked")
    credential = "AKIDEXAMPLE/20260101/us-east-1/execute-api/aws4_request"
    signature = f"Credential={credential}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 {signature}", "X-Amz-Date": "20260101T000000Z"}
    stranger = signed.of_a_stranger()
    answer = stranger.request("GET", params={"systemKey": "a"}, headers=headers)
    assert error(answer)[0] == 403


def test_every_answer_lets_pages_of_the_origin_read_it(for_pages: Counter) -> None:
    key = for_pages.fresh_key()
    for answer, status in (
        (for_pages.get(key), 200),
        (for_pages.get(key, count=0), 400),
        (for_pages.request("GET"), 400),
        (for_pages.request("GET", "/no"), 403 if for_pages.auth else 404),
        (for_pages.request("POST", params={"systemKey": key}, data={"a": "b"}), 415),
    ):
        assert answer.status_code == status
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert answer.headers["Access-Control-Expose-Headers"] == "Retry-After"


@pytest.mark.parametrize(("path", "allowed"), [("", "GET,POST"), ("/current", "GET")])
def test_a_preflight_is_answered_to_anybody(for_pages: Counter, path: str, allowed: str) -> None:
    answer = for_pages.of_a_stranger().request("OPTIONS", path, headers={"Origin": ORIGIN})
    assert (answer.status_code, answer.text) == (204, "")
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Access-Control-Allow-Methods"] == allowed
    assert "X-Api-Key" in answer.headers["Access-Control-Allow-Headers"]
    assert answer.headers["Cache-Control"] == "no-store"
