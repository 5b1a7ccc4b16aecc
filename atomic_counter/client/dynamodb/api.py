"""Calls of DynamoDB's API, with the guarantees of the client's connections.

botocore finds the endpoint and the credentials, and signs. It sends nothing, so it retries nothing.
"""

import base64
import json
from typing import TYPE_CHECKING, Any

import requests

from atomic_counter.client.connections import ConnectionSettings, HttpConnections
from atomic_counter.client.dynamodb.errors import DynamoDbError
from atomic_counter.client.dynamodb.responses import (
    DOCUMENT_TYPE,
    MAX_DOCUMENT_BYTES,
    document_or_error,
)
from atomic_counter.client.signing import sign

if TYPE_CHECKING:
    from boto3.session import Session


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
        self._connections = HttpConnections(MAX_DOCUMENT_BYTES)
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
            "Content-Type": DOCUMENT_TYPE,
            "X-Amz-Target": f"DynamoDB_20120810.{action}",
        }
        body = json.dumps(parameters, default=_base64).encode()
        request = requests.Request("POST", self._url, headers, data=body).prepare()
        sign(request, self._credentials, "dynamodb", self._region, headers)
        subject = action, str(parameters.get("Key", parameters))
        result = self._connections.exchange(
            request, self._settings, seconds, subject, document_or_error
        )
        if isinstance(result, DynamoDbError):
            raise result
        return result

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()


def _base64(value: object) -> str:
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    raise TypeError(f"an attribute must have a type of DynamoDB's JSON, got {value!r}")
