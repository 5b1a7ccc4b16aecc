"""A signature equals that of botocore."""

from datetime import UTC, datetime
from unittest import mock

import pytest
from awscrt.auth import AwsCredentialsProvider
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from yarl import URL

from atomic_counter.local.dynamodb.signing import Signer, default_credentials

NOW = datetime(2026, 11, 23, 12, 34, 56, tzinfo=UTC)
TARGET = "DynamoDB_20120810.UpdateItem"


@pytest.mark.parametrize("token", [None, "a-token"])
@pytest.mark.parametrize(
    "endpoint",
    ["http://127.0.0.1:4567", "http://[::1]:4567", "https://dynamodb.eu-west-1.amazonaws.com"],
)
def test_signature_equals_that_of_botocore(endpoint: str, token: str | None) -> None:
    credentials = Credentials("id", "secret", token)
    request = AWSRequest(
        "POST",
        endpoint,
        {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": TARGET},
        b"{}",
    )
    with mock.patch("botocore.auth.get_current_datetime", return_value=NOW):
        SigV4Auth(credentials, "dynamodb", "eu-west-1").add_auth(request)
    provider = AwsCredentialsProvider.new_static("id", "secret", token)
    headers = Signer(URL(endpoint), "eu-west-1", provider).headers(TARGET, b"{}", NOW)
    assert headers["Authorization"] == request.headers["Authorization"]


def test_another_engine_gets_the_credentials_of_boto3(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"):
        monkeypatch.setenv(f"AWS_{name}", f"own-{name}")
    headers = Signer(URL("http://a:1"), "eu-west-1", default_credentials()).headers(TARGET, b"{}")
    assert "Credential=own-ACCESS_KEY_ID/" in headers["Authorization"]
    assert headers["X-Amz-Security-Token"] == "own-SESSION_TOKEN"
