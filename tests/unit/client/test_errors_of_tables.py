"""What the errors of the client of a table are, whoever causes them."""

import asyncio
import pickle
from typing import Any

import boto3
import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from atomic_counter.client import (
    AsyncTableClient,
    CounterError,
    CounterUnavailableError,
    LimitReachedError,
    RecordRefusedError,
    TableClient,
)
from atomic_counter.client.dynamodb.errors import DynamoDbError
from atomic_counter.client.errors import PartlyAssignedError
from tests.counter_under_test import LOCAL
from tests.unit.client.test_dynamodb import client_of, dynamodb_response, service


@pytest.mark.parametrize("returned", [{"Put": {}}, None, "Put", ["Put"]], ids=str)
def test_something_other_than_a_list_of_items_is_an_error_of_the_caller(returned: Any) -> None:
    with client_of(dynamodb_response("{}")) as (client, requests):
        with pytest.raises(TypeError, match="also must return a list of items such as"):
            client.assign("a", "b", also=lambda _: returned)
        assert requests == []


def test_asyncio_client_raises_a_stop_iteration_of_also_as_another_error() -> None:
    async def assign() -> int:
        with service([[dynamodb_response("{}")]]) as (url, _):
            client = AsyncTableClient("counters", session=boto3.Session(**LOCAL), endpoint_url=url)
            return await asyncio.wait_for(client.assign("a", "b", also=lambda _: next(iter(()))), 5)

    with pytest.raises(RuntimeError, match="StopIteration"):
        asyncio.run(assign())


@pytest.mark.parametrize(
    "error",
    [
        RecordRefusedError(1, {"Put": {"TableName": "orders"}}, {"Code": "ValidationError"}),
        LimitReachedError("invoices", 7),
        PartlyAssignedError("some", 409, [1, None]),
        DynamoDbError("AccessDeniedException", "no", 400, {}),
    ],
    ids=lambda error: type(error).__name__,
)
def test_error_with_details_can_be_pickled(error: CounterError) -> None:
    error.numbers = {"order-17": 1}
    assert vars(pickle.loads(pickle.dumps(error))) == vars(error)


@pytest.mark.parametrize(
    "failure",
    [ClientError({"Error": {"Code": "ExpiredToken"}}, "AssumeRole"), RuntimeError("still expired")],
    ids=str,
)
def test_credentials_that_cannot_be_refreshed_are_an_error_of_the_client(
    failure: Exception,
) -> None:
    class Expired(Credentials):  # type: ignore[misc]
        def get_frozen_credentials(self) -> Any:
            raise failure

    session = boto3.Session(**LOCAL)
    session._session._credentials = Expired("id", "secret")
    client = TableClient(
        "counters", session=session, endpoint_url="http://127.0.0.1:9", deadline=0.1
    )
    with pytest.raises(CounterUnavailableError, match="no AWS credentials"):
        client.next("a")
