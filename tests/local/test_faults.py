"""What DynamoDB may answer, played by a fake endpoint: each has its row in the contract."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local.fake_dynamodb import FakeDynamoDB, fake_dynamodb
from tests.serving import ServedCounter, serve

TIMEOUT_MILLIS = 1500
CORAL = "com.amazon.coral"
SECRET = "arn:aws:dynamodb:eu-west-1:123456789012:table/secret"
INTERNAL = {"message": "Internal server error"}


@pytest.fixture(scope="module")
def impatient_template(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This app's template, with integrations that wait for a second and a half only."""
    document = json.loads(template.read_text())
    for resource in document["Resources"].values():
        if resource["Type"] == "AWS::ApiGateway::Method":
            resource["Properties"]["Integration"]["TimeoutInMillis"] = TIMEOUT_MILLIS
    path = tmp_path_factory.mktemp("impatient") / template.name
    path.write_text(json.dumps(document))
    return path


@pytest.fixture(scope="module")
def served(impatient_template: Path) -> Iterator[tuple[ServedCounter, FakeDynamoDB]]:
    with (
        fake_dynamodb() as dynamodb,
        serve(impatient_template, "--dynamodb-endpoint", dynamodb.endpoint) as counter,
    ):
        yield counter, dynamodb


@pytest.fixture(params=["", "/current"])
def ask(served: tuple[ServedCounter, FakeDynamoDB], request: pytest.FixtureRequest) -> Any:
    """A function that makes DynamoDB answer so, asks the counter, and gives its answer."""
    counter, dynamodb = served

    def ask(status: int | None, body: Any, delay_seconds: float = 0) -> Any:
        dynamodb.status, dynamodb.body, dynamodb.delay_seconds = status, body, delay_seconds
        answer = counter.request("GET", request.param, params={"systemKey": "a"})
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Cache-Control"] == "no-store"
        assert SECRET not in answer.text
        return answer

    return ask


@pytest.mark.parametrize("text", ["message", "Message"])
@pytest.mark.parametrize(
    "error",
    [
        f"{CORAL}.availability#ThrottlingException",
        "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        "com.amazonaws.dynamodb.v20120810#RequestLimitExceeded",
        "com.amazonaws.dynamodb.v20120810#ReplicatedWriteConflictException",
    ],
)
def test_a_throttling_dynamodb_is_429_with_retry_after(ask: Any, error: str, text: str) -> None:
    answer = ask(400, {"__type": error, text: SECRET})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert answer.json() == {"message": "Too Many Requests"}


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
def test_any_other_error_of_dynamodb_is_a_500_that_tells_nothing(
    ask: Any, status: int, error: str
) -> None:
    answer = ask(status, {"__type": error, "message": SECRET})
    assert (answer.status_code, answer.json()) == (500, INTERNAL)


@pytest.mark.parametrize("status", [200, 400, 500])
def test_an_answer_that_is_no_json_is_a_500(ask: Any, status: int) -> None:
    answer = ask(status, f"<html>{SECRET}</html>")
    assert (answer.status_code, answer.json()) == (500, INTERNAL)


def test_a_dropped_connection_is_a_500_and_the_request_is_not_repeated(
    ask: Any, served: tuple[ServedCounter, FakeDynamoDB]
) -> None:
    _, dynamodb = served
    dynamodb.targets.clear()
    answer = ask(None, "")
    assert (answer.status_code, answer.json()) == (500, INTERNAL)
    assert len(dynamodb.targets) == 1


def test_an_answer_that_takes_too_long_is_a_500(ask: Any) -> None:
    answer = ask(200, {}, delay_seconds=TIMEOUT_MILLIS / 1000 + 0.5)
    assert (answer.status_code, answer.json()) == (500, INTERNAL)


@pytest.mark.parametrize("text", ["message", "Message"])
def test_a_number_overflow_is_a_conflict(ask: Any, text: str) -> None:
    answer = ask(400, {"__type": f"{CORAL}.validate#ValidationException", text: "Number overflow."})
    assert answer.status_code == 409
