"""The contract over HTTP, against the local gateway and a real engine."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import boto3
import pytest
import requests

from tests.local.serving import Counter

CLIENTS = 32
CALLS = 25


@pytest.fixture
def key() -> str:
    """A key that nothing else uses."""
    return f"test-{uuid4()}"


@pytest.mark.parametrize("http_method", ["GET", "POST"])
def test_the_next_number_is_plain_digits_from_1_upwards(
    counter: Counter, key: str, http_method: str
) -> None:
    answers = [
        requests.request(http_method, counter.url, params={"systemKey": key}, timeout=30)
        for _ in range(3)
    ]
    assert [answer.text for answer in answers] == ["1", "2", "3"]
    assert {answer.status_code for answer in answers} == {200}


def test_an_answer_is_json_and_is_not_stored(counter: Counter, key: str) -> None:
    headers = counter.get(key).headers
    assert headers["Content-Type"] == "application/json"
    assert headers["Cache-Control"] == "no-store"


def test_two_keys_do_not_disturb_each_other(counter: Counter, key: str) -> None:
    numbers = [counter.next(key + suffix) for suffix in ("a", "b", "a", "a", "b")]
    assert numbers == ["1", "1", "2", "3", "2"]


def test_32_clients_on_one_key_get_every_number_once(counter: Counter, key: str) -> None:
    def count(_: int) -> list[int]:
        with requests.Session() as session:
            session.params = {"systemKey": key}
            return [int(session.post(counter.url, timeout=30).text) for _ in range(CALLS)]

    with ThreadPoolExecutor(CLIENTS) as clients:
        numbers = [number for taken in clients.map(count, range(CLIENTS)) for number in taken]
    assert sorted(numbers) == list(range(1, CLIENTS * CALLS + 1))


@pytest.mark.parametrize(
    "odd", ["o'brien", '"}},"TableName":"x', "$key #set($a=1)", "a\\'b", "/\n\x00é☃😀", "#&=+%;?"]
)
def test_an_odd_key_counts_for_itself(counter: Counter, key: str, odd: str) -> None:
    assert [counter.next(odd + key), counter.next(odd + key)] == ["1", "2"]
    stored = boto3.resource(
        "dynamodb",
        endpoint_url=counter.endpoint,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    ).Table(counter.table)
    assert stored.get_item(Key={"systemKey": odd + key})["Item"]["counterValue"] == 2


def test_a_missing_key_is_refused_in_api_gateways_words(counter: Counter) -> None:
    answer = requests.get(counter.url, headers={"systemKey": "from a header"}, timeout=30)
    assert answer.status_code == 400
    assert answer.json() == {"message": "Missing required request parameters: [systemKey]"}
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("wrong", [" ", "\t\n", "\u3000", "x" * 2049, "é" * 1025])
def test_a_blank_or_too_long_key_is_told_the_rule(counter: Counter, wrong: str) -> None:
    answer = counter.get(wrong)
    assert answer.status_code == 400
    assert answer.json() == {"message": "systemKey must be 1 to 2048 bytes of UTF-8 and not blank"}


def test_the_longest_key_counts(counter: Counter, key: str) -> None:
    assert counter.next(key + "é" * ((2048 - len(key)) // 2)) == "1"


def test_an_unknown_path_or_method_is_not_found(counter: Counter, key: str) -> None:
    other_path = requests.get(f"{counter.url}/no", timeout=30)
    other_method = requests.put(counter.url, params={"systemKey": key}, timeout=30)
    assert [other_path.status_code, other_method.status_code] == [404, 404]
    assert other_path.json() == other_method.json() == {"message": "Not Found"}


def test_a_form_post_is_an_unsupported_media_type(counter: Counter, key: str) -> None:
    answer = requests.post(counter.url, params={"systemKey": key}, data={"a": "b"}, timeout=30)
    assert answer.status_code == 415
    assert counter.next(key) == "1"


def test_a_json_body_is_ignored(counter: Counter, key: str) -> None:
    answer = requests.post(
        counter.url, params={"systemKey": key}, json={"systemKey": "other"}, timeout=30
    )
    assert answer.text == "1"


def test_the_outputs_name_the_table(counter: Counter) -> None:
    assert counter.table.startswith("TheDynamodbAtomicCounterStack-")
