"""What `atomic-counter keys` does with responses that the local engine doesn't give."""

from collections.abc import Iterator

import boto3
import pytest
from botocore.stub import Stubber

from atomic_counter.commands.keys.writing import ATTEMPTS, Raise, put_key
from atomic_counter.tooling.errors import CommandError
from tests.counter_under_test import LOCAL


@pytest.fixture
def stub() -> Iterator[Stubber]:
    """DynamoDB, with the responses that a test adds."""
    with Stubber(boto3.client("dynamodb", **LOCAL)) as stub:
        yield stub
        stub.assert_no_pending_responses()


def add_conflict(stub: Stubber) -> None:
    stub.add_response("get_item", {"Item": {"counterValue": {"N": "41"}}})
    stub.add_client_error("update_item", "TransactionConflictException")


def test_raise_that_meets_a_document_is_repeated(stub: Stubber) -> None:
    add_conflict(stub)
    stub.add_response("get_item", {"Item": {"counterValue": {"N": "42"}}})
    stub.add_response("update_item", {"Attributes": {"counterValue": {"N": "43"}}})
    assert Raise(stub.client, "table", "a", 100, leave_gap=True).run(lambda _: None) == 44


def test_raise_that_always_meets_a_document_says_what_to_do(stub: Stubber) -> None:
    for _ in range(ATTEMPTS):
        add_conflict(stub)
    with pytest.raises(CommandError, match="run the command again"):
        Raise(stub.client, "table", "a", 100, leave_gap=True).run(lambda _: None)


def test_existing_key_whose_item_is_not_returned_is_an_error(stub: Stubber) -> None:
    stub.add_response("get_item", {})
    stub.add_response("scan", {"Items": [], "ScannedCount": 0})
    stub.add_client_error("put_item", "ConditionalCheckFailedException")
    with pytest.raises(CommandError, match='"a" must be a new key, got an existing one, which'):
        put_key(stub.client, "table", "a", 100, lambda _: None)
