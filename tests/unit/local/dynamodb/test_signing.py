"""A request has the signature of botocore, or a constant one for an engine that verifies none."""

import pytest
from botocore.credentials import Credentials
from yarl import URL

from atomic_counter.local.dynamodb import signed_headers, unverified_headers

TARGET = "DynamoDB_20120810.UpdateItem"


@pytest.mark.parametrize("token", [None, "a-token"])
@pytest.mark.parametrize(
    ("endpoint", "host"),
    [
        ("http://127.0.0.1:4567", "127.0.0.1:4567"),
        ("http://[::1]:4567", "[::1]:4567"),
        ("https://dynamodb.eu-west-1.amazonaws.com", "dynamodb.eu-west-1.amazonaws.com"),
    ],
)
def test_signature_is_for_the_host_the_region_and_the_target(
    endpoint: str, host: str, token: str | None
) -> None:
    credentials = Credentials("id", "secret", token)
    headers = signed_headers(URL(endpoint), "eu-west-1", credentials)(TARGET, b"{}")
    assert headers["host"] == host
    assert "/eu-west-1/dynamodb/aws4_request" in headers["Authorization"]
    assert headers.get("X-Amz-Security-Token") == token
    signed = headers["Authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert {"content-type", "host", "x-amz-date", "x-amz-target"} <= set(signed)


def test_another_engine_gets_the_credentials_of_boto3(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"):
        monkeypatch.setenv(f"AWS_{name}", f"own-{name}")
    headers = signed_headers(URL("http://a:1"), "eu-west-1")(TARGET, b"{}")
    assert "Credential=own-ACCESS_KEY_ID/" in headers["Authorization"]
    assert headers["X-Amz-Security-Token"] == "own-SESSION_TOKEN"


def test_constant_signature_names_host_and_target() -> None:
    headers = unverified_headers(URL("http://[::1]:4567"))(TARGET, b"{}")
    assert (headers["host"], headers["x-amz-target"]) == ("[::1]:4567", TARGET)
