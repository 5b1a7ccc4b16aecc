"""The client of a table gets a number only from a complete response of DynamoDB."""

import json
import pickle
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import boto3
import pytest

from atomic_counter.client import (
    CounterError,
    CounterRefusedError,
    CounterUnavailableError,
    OvertakenError,
    TableClient,
    UnexpectedResponseError,
)
from tests.counter_under_test import LOCAL
from tests.raw_server import response

TYPE = "Content-Type: application/x-amz-json-1.0\r\n"


def dynamodb_response(body: str, *, status: str = "200 OK", headers: str = "") -> bytes:
    """Return a whole response of DynamoDB."""
    return response(body, status=status, headers=f"{TYPE}{headers}")


COUNTED = json.dumps({"Attributes": {"counterValue": {"N": "7"}}})
SHORT = dynamodb_response(COUNTED)[:-3]
PART_SECONDS = 0.05


def error(code: str, headers: str = "", **details: Any) -> bytes:
    """Return an error of DynamoDB."""
    kind = f"com.amazonaws.dynamodb.v20120810#{code}"
    body = json.dumps({"__type": kind, "message": "because of a test", **details})
    return dynamodb_response(body, status="400 Bad Request", headers=headers)


def canceled(*codes: str) -> bytes:
    """Return the error of a transaction, with these reasons."""
    reasons = [{"Code": code} for code in codes]
    return error("TransactionCanceledException", CancellationReasons=reasons)


@contextmanager
def service(
    responses: Sequence[Sequence[bytes]],
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Run a service with these responses, of which the last one repeats.

    Each response consists of parts, with a pause between them. A short one ends the connection.
    """
    left, requests = list(responses), list[dict[str, Any]]()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            requests.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            parts = left.pop(0) if len(left) > 1 else left[0]
            with suppress(ConnectionError):
                for part in parts:
                    self.wfile.write(part)
                    time.sleep(PART_SECONDS if len(parts) > 1 else 0)
            self.close_connection = b"".join(parts) in (b"", SHORT)

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", requests
        server.shutdown()


@contextmanager
def client_of(
    *responses: bytes, **arguments: Any
) -> Iterator[tuple[TableClient, list[dict[str, Any]]]]:
    """Provide the client of a service with these responses."""
    with service([[each] for each in responses]) as (url, requests), connect(url, **arguments) as c:
        yield c, requests


def connect(url: str, **arguments: Any) -> TableClient:
    return TableClient("counters", session=boto3.Session(**LOCAL), endpoint_url=url, **arguments)


def checked(body: str, checksum: int) -> bytes:
    """Return a response with a checksum."""
    return dynamodb_response(body, headers=f"x-amz-crc32: {checksum}\r\n")


@pytest.mark.parametrize(
    "first",
    [
        b"",
        SHORT,
        checked(COUNTED, zlib.crc32(COUNTED.encode()) ^ 1),
        response("<html>", status="502 Bad Gateway"),
        response("<html>"),
        response("[1]"),
        response("{", status="400 Bad Request"),
        response("", status="500 Internal Server Error"),
        error("ThrottlingException"),
        error("ProvisionedThroughputExceededException"),
        error("TransactionConflictException"),
        error("ReplicatedWriteConflictException"),
    ],
    ids=lambda first: str(first[-40:]),
)
def test_attempt_without_a_number_is_retried_with_the_same_idempotency_key(first: bytes) -> None:
    good = checked(COUNTED, zlib.crc32(COUNTED.encode()))
    with client_of(first, good) as (client, requests):
        assert client.next("a") == 7
    assert len(requests) == 2
    assert requests[0] == requests[1]


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_refusal_is_final_and_has_the_reason_of_dynamodb(code: str) -> None:
    with client_of(error(code)) as (client, requests):
        for call in (client.next, client.current):
            with pytest.raises(CounterRefusedError, match=f"{code}: because of a test"):
                call("a")
        assert len(requests) == 2


@pytest.mark.parametrize("reason", ["ThrottlingError", "ProvisionedThroughputExceeded"])
def test_throttled_document_is_assigned_later(reason: str) -> None:
    with client_of(canceled("None", reason), dynamodb_response("{}")) as (client, _):
        assert client.assign("a", "b") == 1


def test_document_that_meets_another_one_is_assigned_later() -> None:
    with client_of(canceled("TransactionConflict", "None"), dynamodb_response("{}")) as (client, _):
        assert client.assign("a", "b") == 1


def test_other_documents_that_are_faster_until_the_deadline_are_an_error() -> None:
    conflict = canceled("TransactionConflict", "None")
    with client_of(conflict, deadline=0.2) as (client, _), pytest.raises(OvertakenError):
        client.assign("a", "b")


@pytest.mark.parametrize("reasons", [[], ["None"], ["None", "None", "None"]])
def test_transaction_that_was_canceled_without_a_reason_is_refused(reasons: list[str]) -> None:
    with (
        client_of(canceled(*reasons)) as (client, _),
        pytest.raises(CounterRefusedError, match="TransactionCanceledException"),
    ):
        client.assign("a", "b")


def test_timeout_limits_an_attempt_whose_bytes_arrive_slowly() -> None:
    whole = dynamodb_response(COUNTED)
    slow = [bytes([byte]) for byte in whole]
    with service([slow, [whole]]) as (url, requests), connect(url, timeout=0.3) as client:
        started = time.monotonic()
        assert client.next("a") == 7
        assert time.monotonic() - started < len(slow) * PART_SECONDS
    assert len(requests) == 2


def test_repeated_response_is_not_that_of_the_next_request() -> None:
    same = dynamodb_response(COUNTED, headers="x-amzn-RequestId: A\r\n")
    other = json.dumps({"Attributes": {"counterValue": {"N": "8"}}})
    new = dynamodb_response(other, headers="x-amzn-RequestId: B\r\n")
    with client_of(same, same, new) as (client, _):
        assert (client.next("a"), client.next("a")) == (7, 8)


def test_something_other_than_dynamodb_is_named() -> None:
    with (
        client_of(response("<html>", status="403 Forbidden"), deadline=0.2) as (client, _),
        pytest.raises(UnexpectedResponseError, match="not a response of DynamoDB: b'<html>'"),
    ):
        client.next("a")


def test_unreachable_endpoint_is_an_error_at_the_deadline() -> None:
    with (
        connect("http://127.0.0.1:9", deadline=0.2) as client,
        pytest.raises(CounterUnavailableError, match="refused"),
    ):
        client.next("a")


@pytest.fixture
def without_configuration(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Neither credentials nor a Region."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return monkeypatch


def test_missing_region_and_credentials_are_named(
    without_configuration: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ValueError, match="region"):
        TableClient("counters")
    without_configuration.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with pytest.raises(ValueError, match="no AWS credentials found"):
        TableClient("counters")


def test_unknown_profile_is_named(without_configuration: pytest.MonkeyPatch) -> None:
    without_configuration.setenv("AWS_PROFILE", "nobody's")
    with pytest.raises(ValueError, match="nobody's"):
        TableClient("counters")


def test_client_without_a_session_can_be_pickled(
    without_configuration: pytest.MonkeyPatch,
) -> None:
    for name, value in LOCAL.items():
        without_configuration.setenv(
            name.upper().replace("REGION_NAME", "AWS_DEFAULT_REGION"), value
        )
    url = "http://127.0.0.1:9"
    client = TableClient("counters", endpoint_url=url, keys="registered", deadline=0.1)
    with pytest.raises(CounterError), pickle.loads(pickle.dumps(client)) as copy:
        copy.next("a")


def test_missing_boto3_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(ModuleNotFoundError, match=r"^TableClient needs boto3: .*extra aws$"):
        TableClient("counters")


@pytest.mark.parametrize("also", [lambda _: [{}] * 99, lambda _: [{"Put": {"Item": {1, 2}}}]])
def test_wrong_items_are_an_error_of_the_caller(also: Callable[[int], Any]) -> None:
    with client_of(dynamodb_response("{}")) as (client, requests):
        with pytest.raises((TypeError, ValueError), match=r"at most 98 items|DynamoDB's JSON"):
            client.assign("a", "b", also=also)
        assert requests == []
