"""Calls of DynamoDB's API, with the guarantees of the client's connections.

botocore finds the endpoint and the credentials, and signs. It sends nothing, so it retries nothing.
"""

import base64
import json
import zlib
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import requests

from atomic_counter.client.connections import (
    Attempt,
    ConnectionSettings,
    HttpConnections,
    Response,
)
from atomic_counter.client.dynamodb.errors import DynamoDbError
from atomic_counter.client.errors import CounterUnavailableError, UnexpectedResponseError
from atomic_counter.client.signing import sign

if TYPE_CHECKING:
    from boto3.session import Session

# Of a transaction of 4 MB, with the existing items of failed conditions.
MAX_RESPONSE_BYTES = 8 * 1024 * 1024
RETRYABLE = (
    "ProvisionedThroughputExceededException",
    "ReplicatedWriteConflictException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
)


class DynamoDbApi:
    """Sends one request for each call.

    Args:
        session: A session of boto3.
        endpoint_url: Another engine than DynamoDB. None: that of the session's configuration.

    Raises:
        ValueError: There are no credentials or no Region, or the endpoint isn't a URL.
    """

    def __init__(self, session: "Session", endpoint_url: str | None) -> None:
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415 (as boto3)

        try:
            client = session.client("dynamodb", endpoint_url=endpoint_url)
            self._credentials = session.get_credentials()
        except BotoCoreError as error:
            raise ValueError(str(error)) from error
        if self._credentials is None:
            raise ValueError("no AWS credentials found: set AWS_PROFILE, or pass a session")
        self._region = client.meta.region_name
        self._url = f"{client.meta.endpoint_url.rstrip('/')}/"
        self._connections = HttpConnections(MAX_RESPONSE_BYTES)
        self._settings = ConnectionSettings.of_environment(self._url)

    def call(self, action: str, parameters: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Call an action of DynamoDB, and return its response.

        Args:
            action: The action, such as `UpdateItem`.
            parameters: The parameters of the action.
            seconds: The time of the call.

        Raises:
            DynamoDbError: DynamoDB refuses.
            CounterUnavailableError: DynamoDB doesn't respond, or has a fault.
            TypeError: JSON has no form for a parameter.
        """
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"DynamoDB_20120810.{action}",
        }
        body = json.dumps(parameters, default=_base64).encode()
        request = requests.Request("POST", self._url, headers, data=body).prepare()
        sign(request, self._credentials, "dynamodb", self._region, headers)
        subject = action, str(parameters.get("Key", parameters))
        return self._connections.exchange(request, self._settings, seconds, subject, _understand)

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()


def _base64(value: object) -> str:
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    raise TypeError(f"an attribute must have a type of DynamoDB's JSON, got {value!r}")


def _understand(response: Response, attempt: Attempt) -> dict[str, Any]:
    status, body = response.status, response.body
    checksum = response.headers.get("x-amz-crc32", "")
    if checksum and checksum != str(zlib.crc32(body)):
        raise CounterUnavailableError("garbled response", status)
    document = _json_object(body)
    kind = document.get("__type") if document else None
    attempt.is_of_counter = isinstance(kind, str) or (
        document is not None and status == HTTPStatus.OK
    )
    if document is not None and status == HTTPStatus.OK:
        return document
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise CounterUnavailableError(response.reason or "no reason", status)
    if document is None or not isinstance(kind, str):
        raise UnexpectedResponseError(f"not a response of DynamoDB: {body[:100]!r}", status)
    code = kind.rpartition("#")[2]
    message = str(document.get("message") or document.get("Message"))
    if code in RETRYABLE:
        raise CounterUnavailableError(f"{code}: {message}", HTTPStatus.TOO_MANY_REQUESTS)
    raise DynamoDbError(code, message, status, document)


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None
