"""Each fault of DynamoDB, from a fake endpoint, has its status."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.fake_dynamodb import FakeDynamoDB, fake_dynamodb
from tests.served_counter import ServedCounter, serve

TIMEOUT_MILLIS, LATE_SECONDS = 100, 10
CORAL = "com.amazon.coral"
SECRET = "arn:aws:dynamodb:eu-west-1:123456789012:table/secret"
INTERNAL = {"message": "Internal server error"}


@pytest.fixture(scope="module")
def impatient_template(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This app's template, with integrations that time out long before a late response."""
    document = json.loads(template.read_text())
    for resource in document["Resources"].values():
        if resource["Type"] == "AWS::ApiGateway::Method":
            resource["Properties"]["Integration"]["TimeoutInMillis"] = TIMEOUT_MILLIS
    path = tmp_path_factory.mktemp("impatient") / template.name
    path.write_text(json.dumps(document))
    return path


@pytest.fixture(scope="module")
def served(template: Path) -> Iterator[tuple[ServedCounter, FakeDynamoDB]]:
    with (
        fake_dynamodb() as dynamodb,
        serve(template, "--dynamodb-endpoint", dynamodb.endpoint) as counter,
    ):
        yield counter, dynamodb


@pytest.fixture(params=["", "/current"])
def ask(served: tuple[ServedCounter, FakeDynamoDB], request: pytest.FixtureRequest) -> Any:
    """A function that sets DynamoDB's response, and returns that of the counter."""
    counter, dynamodb = served

    def ask(status: int | None, body: Any) -> Any:
        dynamodb.status, dynamodb.body = status, body
        response = counter.request("GET", request.param, params={"systemKey": "a"})
        assert response.headers["Content-Type"] == "application/json"
        assert response.headers["Cache-Control"] == "no-store"
        assert SECRET not in response.text
        return response

    return ask


@pytest.mark.parametrize("text", ["message", "Message"])
@pytest.mark.parametrize(
    "error",
    [
        f"{CORAL}.availability#ThrottlingException",
        "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        "com.amazonaws.dynamodb.v20120810#RequestLimitExceeded",
        "com.amazonaws.dynamodb.v20120810#ReplicatedWriteConflictException",
        "com.amazonaws.dynamodb.v20120810#TransactionConflictException",
    ],
)
def test_throttling_by_dynamodb_is_429_with_retry_after(ask: Any, error: str, text: str) -> None:
    response = ask(400, {"__type": error, text: SECRET})
    assert (response.status_code, response.headers["Retry-After"]) == (429, "1")
    assert response.json() == {"message": "Too Many Requests"}


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, f"{CORAL}.service#AccessDeniedException"),
        (400, f"{CORAL}.service#UnrecognizedClientException"),
        (400, "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"),
        (400, "com.amazonaws.dynamodb.v20120810#SomethingNew"),
        (413, ""),
        (500, "com.amazonaws.dynamodb.v20120810#InternalServerError"),
        (503, f"{CORAL}.availability#ServiceUnavailable"),
        (302, ""),
    ],
)
def test_any_other_error_of_dynamodb_is_a_500_without_details(
    ask: Any, status: int, error: str
) -> None:
    response = ask(status, {"__type": error, "message": SECRET})
    assert (response.status_code, response.json()) == (500, INTERNAL)


@pytest.mark.parametrize("status", [200, 400, 500])
def test_response_of_dynamodb_that_is_not_json_is_a_500(ask: Any, status: int) -> None:
    response = ask(status, f"<html>{SECRET}</html>")
    assert (response.status_code, response.json()) == (500, INTERNAL)


def test_dropped_connection_is_a_504_and_the_request_is_not_retried(
    ask: Any, served: tuple[ServedCounter, FakeDynamoDB]
) -> None:
    _, dynamodb = served
    dynamodb.targets.clear()
    response = ask(None, "")
    assert (response.status_code, response.json()) == (504, INTERNAL)
    assert len(dynamodb.targets) == 1


@pytest.mark.parametrize("path", ["", "/current"])
def test_response_of_dynamodb_that_takes_too_long_is_a_504(
    impatient_template: Path, path: str
) -> None:
    with (
        fake_dynamodb() as dynamodb,
        serve(impatient_template, "--dynamodb-endpoint", dynamodb.endpoint) as counter,
    ):
        dynamodb.body, dynamodb.delay_seconds = {}, LATE_SECONDS
        response = counter.request("GET", path, params={"systemKey": "a"})
    assert (response.status_code, response.json()) == (504, INTERNAL)
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("text", ["message", "Message"])
def test_number_overflow_is_a_conflict(ask: Any, text: str) -> None:
    response = ask(
        400, {"__type": f"{CORAL}.validate#ValidationException", text: "Number overflow."}
    )
    assert response.status_code == 409
