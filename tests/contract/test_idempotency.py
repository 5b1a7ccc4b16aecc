"""A retry with the same `idempotencyKey` returns the same number."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from tests.counter_under_test import UNCOUNTABLE, Counter, error

ID_RULE = "idempotencyKey must be a UUID in the form 8-4-4-4-12"
# The first two are in slot `a`, the third is in slot `b`.
ONE, OTHER_OF_ITS_SLOT, OF_ANOTHER_SLOT = (
    f"11111111-2222-4333-8444-{end}" for end in ("55555555555a", "66666666666a", "55555555555b")
)


def test_retry_with_same_idempotency_key_returns_same_number(counter: Counter, key: str) -> None:
    first, *others = [counter.get(key, count=5, idempotencyKey=ONE) for _ in range(3)]
    assert (first.status_code, first.text) == (200, "5")
    for other in others:
        assert (other.status_code, other.text) == (200, "5")
        assert other.headers["Content-Type"] == first.headers["Content-Type"]
        assert other.headers["Cache-Control"] == first.headers["Cache-Control"]
    assert counter.next(key) == "6"


@pytest.mark.parametrize("digit", "0aAbBcCdDeEfF")
def test_uuid_can_be_in_upper_case_and_is_the_same_in_lower_case(
    counter: Counter, key: str, digit: str
) -> None:
    upper = f"ABCDEF01-2345-4789-ABCD-EF012345678{digit}"
    spellings = (upper, upper, upper.lower(), f"{upper[:18].lower()}{upper[18:]}")
    assert [counter.next(key, idempotencyKey=each) for each in spellings] == ["1"] * 4
    assert counter.next(key) == "2"


def test_get_and_post_are_the_same_request(counter: Counter, key: str) -> None:
    parameters = {"systemKey": key, "idempotencyKey": ONE}
    responses = [counter.request(method, params=parameters).text for method in ("POST", "GET")]
    assert responses == ["1", "1"]


def test_request_is_remembered_after_others(counter: Counter, key: str) -> None:
    assert counter.next(key, idempotencyKey=ONE) == "1"
    others = [counter.next(key), counter.next(key, idempotencyKey=OF_ANOTHER_SLOT)]
    assert [*others, counter.next(key, idempotencyKey=ONE)] == ["2", "3", "1"]


def test_request_is_forgotten_after_another_in_its_slot(counter: Counter, key: str) -> None:
    keys = (ONE, OTHER_OF_ITS_SLOT, ONE, OTHER_OF_ITS_SLOT)
    assert [counter.next(key, idempotencyKey=each) for each in keys] == ["1", "2", "3", "4"]


def test_same_uuid_with_another_count_or_key_is_another_request(counter: Counter, key: str) -> None:
    assert [counter.next(key, idempotencyKey=ONE, count=n) for n in (1, 2)] == ["1", "3"]
    assert counter.next(counter.fresh_key(), idempotencyKey=ONE) == "1"
    assert [counter.next(key, idempotencyKey=ONE, count=n) for n in (2, "", 1)] == ["3", "4", "4"]


def test_empty_idempotency_key_means_none(counter: Counter, key: str) -> None:
    assert [counter.next(key, idempotencyKey="") for _ in range(2)] == ["1", "2"]


@pytest.mark.parametrize(
    "wrong",
    [
        *(ONE[:-1], f"{ONE}0", f" {ONE}", f"{ONE}\n", ONE.replace("-", "")),
        *(f"{{{ONE}}}", f"{ONE[:-1]}g", "x", '"}}', "$request"),
    ],
)
def test_wrong_idempotency_key_is_refused_with_the_rule_and_counts_nothing(
    counter: Counter, key: str, wrong: str
) -> None:
    assert error(counter.get(key, idempotencyKey=wrong)) == (400, ID_RULE)
    assert counter.next(key) == "1"


def test_concurrent_requests_with_the_same_uuid_get_one_number(counter: Counter, key: str) -> None:
    with ThreadPoolExecutor(32) as clients:
        numbers = clients.map(lambda _: counter.next(key, idempotencyKey=ONE), range(32))
        assert set(numbers) == {"1"}
    assert counter.current(key).text == "1"


def test_retry_at_the_limit_returns_its_number_and_a_new_request_is_a_conflict(
    counter: Counter, key: str, table: Any
) -> None:
    table.put_item(Item={"systemKey": key, "counterValue": Decimal("9" * 34 + "8999")})
    numbers = [counter.next(key, idempotencyKey=ONE, count=1000) for _ in range(2)]
    assert numbers == ["9" * 38] * 2
    assert error(counter.get(key, idempotencyKey=ONE)) == (409, UNCOUNTABLE)
    assert error(counter.get(key, idempotencyKey=OF_ANOTHER_SLOT)) == (409, UNCOUNTABLE)
