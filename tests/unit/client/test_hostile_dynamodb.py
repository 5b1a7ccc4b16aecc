"""Whatever a DynamoDB endpoint sends, a call returns a right number or raises an error."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atomic_counter.client import CounterError, CounterUnavailableError, TableClient
from tests.raw_server import response
from tests.unit.client.test_dynamodb import client_of, connect, dynamodb_response, error
from tests.unit.client.test_hostile_responses import Hostile, hostile

__all__ = ["hostile"]
CALLS: dict[str, Callable[[TableClient, str], Any]] = {
    "next": lambda client, key: client.next(key),
    "reserve": lambda client, key: client.reserve(key, 2),
    "current": lambda client, key: client.current(key),
    "assign": lambda client, key: client.assign(key, "b"),
    "assign_many": lambda client, key: client.assign_many(key, ["b", "c"]),
    "number_of": lambda client, key: client.number_of(key, "b"),
}
OF_EMPTY = {"current": 0, "assign": 1, "assign_many": [1, 2], "number_of": None}
WRONG: tuple[Any, ...] = (
    None,
    7,
    "7",
    [],
    [None],
    {},
    {"N": 7},
    {"N": None},
    {"N": ["7"]},
    {"N": "-7"},
    {"N": "1"},
)


def documents(number: Any) -> list[dict[str, Any]]:
    """Return documents of DynamoDB's form that contain something in place of a number."""
    item = {"counterValue": number, "documentNumber": number}
    check = {"__type": "#ConditionalCheckFailedException"}
    canceled = {"__type": "#TransactionCanceledException"}
    failed = {"Code": "ConditionalCheckFailed"}
    documents = [{name: value} for name in ("Attributes", "Item") for value in (number, item)]
    documents += [check | {"Item": value} for value in (number, item)]
    for reason in (number, {"Code": number}, failed | {"Item": number}, failed | {"Item": item}):
        reasons = [[{"Code": "None"}, reason], [reason, {"Code": "None"}], number]
        documents += [canceled | {"CancellationReasons": each} for each in reasons]
    return documents


@pytest.fixture
def client(hostile: Hostile) -> Iterator[TableClient]:
    with connect(f"http://127.0.0.1:{hostile.port}", deadline=0.1) as client:
        yield client


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.sampled_from(list(CALLS)),
    status=st.sampled_from(["200 OK", "400 Bad Request"]),
    document=st.sampled_from(WRONG).flatmap(lambda number: st.sampled_from(documents(number))),
)
def test_any_document_is_a_number_in_it_or_an_error(
    hostile: Hostile, client: TableClient, name: str, status: str, document: dict[str, Any]
) -> None:
    hostile.response = dynamodb_response(json.dumps(document), status=status)
    try:
        result = CALLS[name](client, str(uuid4()))
    except CounterError:
        return
    assert result in (1, OF_EMPTY.get(name))


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("body", ['{"message": "welcome"}', "{}"])
def test_document_of_another_service_is_not_a_result(name: str, body: str) -> None:
    with (
        client_of(response(body), deadline=0.3) as (client, _),
        pytest.raises(CounterUnavailableError),  # The last attempt can be cut short.
    ):
        CALLS[name](client, str(uuid4()))


def test_number_below_the_block_is_not_returned() -> None:
    body = json.dumps({"Attributes": {"counterValue": {"N": "9"}}})
    with client_of(dynamodb_response(body)) as (client, _), pytest.raises(CounterError):
        client.reserve("a", 10)


def test_repeated_error_is_not_the_number_of_the_next_document() -> None:
    def numbered(number: int, response_id: str) -> bytes:
        item = {"documentNumber": {"N": str(number)}}
        reasons = [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Item": item}]
        headers = f"x-amzn-RequestId: {response_id}\r\n"
        return error("TransactionCanceledException", headers, CancellationReasons=reasons)

    first, second = numbered(7, "A"), numbered(8, "B")
    with client_of(first, first, second) as (client, _):
        assert (client.assign("a", "b"), client.assign("a", "c")) == (7, 8)
