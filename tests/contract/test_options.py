"""Each option keeps its promises to callers, with a counter that has it."""

import pytest

from tests.contract.conftest import CounterWith
from tests.counter_under_test import Counter, error
from tests.served_counter import ServedCounter

REQUEST_ID = "11111111-2222-4333-8444-55555555555a"
UNKNOWN = (404, "this systemKey is not registered")
ORIGIN = "https://app.example.com"
XML = {"Content-Type": "application/xml"}


@pytest.fixture
def registered(counter_with: CounterWith) -> Counter:
    counter = counter_with(keys="registered")
    if counter.table is None:
        pytest.skip("only the URL is known; --stack NAME finds the table too")
    return counter


@pytest.fixture
def keyed(counter_with: CounterWith) -> Counter:
    return counter_with(authorization="api-key")


@pytest.fixture
def signed(counter_with: CounterWith) -> Counter:
    return counter_with(authorization="iam")


@pytest.fixture
def for_pages(counter_with: CounterWith) -> Counter:
    return counter_with(allow_origin=ORIGIN)


def test_unregistered_key_is_not_found_and_not_created(
    registered: Counter,
) -> None:
    assert error(registered.get("unknown")) == UNKNOWN
    assert error(registered.get("unknown", idempotencyKey=REQUEST_ID)) == UNKNOWN
    assert error(registered.current("unknown")) == UNKNOWN
    assert "Item" not in registered.table.get_item(Key={"systemKey": "unknown"})


def test_registered_key_counts_from_1(registered: Counter) -> None:
    key = registered.fresh_key()
    assert registered.current(key).text == "0"
    assert [registered.next(key), registered.next(key, count=5)] == ["1", "6"]


def test_registered_key_at_the_limit_is_a_conflict_and_not_unknown(registered: Counter) -> None:
    key = registered.fresh_key()
    registered.table.put_item(Item={"systemKey": key, "counterValue": 10**38 - 1001})
    for _ in range(2):
        assert registered.next(key, idempotencyKey=REQUEST_ID, count=1000) == "9" * 38
    assert error(registered.get(key))[0] == 409
    assert error(registered.get(key, idempotencyKey=REQUEST_ID))[0] == 409


def test_request_with_api_key_counts(keyed: Counter) -> None:
    key = keyed.fresh_key()
    assert [keyed.next(key), keyed.current(key).text] == ["1", "1"]


def test_request_without_api_key_or_with_a_wrong_one_is_forbidden(keyed: Counter) -> None:
    stranger = keyed.for_stranger()
    assert error(stranger.get("a")) == error(stranger.current("a")) == (403, "Forbidden")
    assert error(stranger.request("GET", headers={"x-api-key": "b" * 40})) == (403, "Forbidden")


def test_signed_request_counts(signed: Counter) -> None:
    key = signed.fresh_key("a b")
    assert [signed.next(key), signed.current(key).text] == ["1", "1"]


def test_unsigned_request_is_forbidden(signed: Counter) -> None:
    refused = (403, "Missing Authentication Token")
    stranger = signed.for_stranger()
    assert error(stranger.get("a")) == error(stranger.current("a")) == refused
    assert error(stranger.request("GET", "/no")) == refused


def test_request_with_an_invalid_signature_is_forbidden(signed: Counter) -> None:
    if isinstance(signed, ServedCounter):
        pytest.skip("on one machine signatures are not checked")
    credential = "AKIDEXAMPLE/20260101/us-east-1/execute-api/aws4_request"
    signature = f"Credential={credential}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 {signature}", "X-Amz-Date": "20260101T000000Z"}
    stranger = signed.for_stranger()
    response = stranger.request("GET", params={"systemKey": "a"}, headers=headers)
    # The whole response, so that a failure reports what AWS returns.
    assert (response.status_code, list(response.json())) == (403, ["message"]), response.text
    assert "arn:aws:execute-api" not in response.text


def test_every_response_allows_the_origin(for_pages: Counter) -> None:
    key = for_pages.fresh_key()
    for response, status in (
        (for_pages.get(key), 200),
        (for_pages.get(key, count=0), 400),
        (for_pages.request("GET"), 400),
        (for_pages.request("GET", "/no"), 403 if for_pages.auth else 404),
        (for_pages.request("POST", params={"systemKey": key}, headers=XML, data=b"<a/>"), 415),
    ):
        assert response.status_code == status
        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert response.headers["Access-Control-Expose-Headers"] == "Retry-After"


@pytest.mark.parametrize(("path", "allowed"), [("", "GET,POST"), ("/current", "GET")])
def test_preflight_succeeds_without_authorization(
    for_pages: Counter, path: str, allowed: str
) -> None:
    response = for_pages.for_stranger().request("OPTIONS", path, headers={"Origin": ORIGIN})
    assert (response.status_code, response.text) == (204, "")
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert response.headers["Access-Control-Allow-Methods"] == allowed
    headers = response.headers["Access-Control-Allow-Headers"].split(",")
    assert {"X-Api-Key", "X-Amz-User-Agent", "traceparent", "sentry-trace"} <= {*headers}
    assert response.headers["Cache-Control"] == "no-store"
