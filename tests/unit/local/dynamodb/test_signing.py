"""The signature is the one that botocore makes."""

from datetime import UTC, datetime
from unittest import mock

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from yarl import URL

from atomic_counter.local.dynamodb.signing import Signer

NOW = datetime(2026, 11, 23, 12, 34, 56, tzinfo=UTC)
TARGET = "DynamoDB_20120810.UpdateItem"


@pytest.mark.parametrize("token", [None, "a-token"])
@pytest.mark.parametrize(
    "endpoint",
    ["http://127.0.0.1:4567", "http://[::1]:4567", "https://dynamodb.eu-west-1.amazonaws.com"],
)
def test_a_signature_is_botocores(endpoint: str, token: str | None) -> None:
    credentials = Credentials("id", "secret", token)
    request = AWSRequest(
        "POST",
        endpoint,
        {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": TARGET},
        b"{}",
    )
    with mock.patch("botocore.auth.get_current_datetime", return_value=NOW):
        SigV4Auth(credentials, "dynamodb", "eu-west-1").add_auth(request)
    headers = Signer(URL(endpoint), "eu-west-1", credentials).headers(TARGET, b"{}", NOW)
    assert headers["authorization"] == request.headers["Authorization"]
