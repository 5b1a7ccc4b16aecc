"""Requests are signed for the Region of the endpoint."""

from pathlib import Path

import pytest
from yarl import URL

from atomic_counter.local.dynamodb import EngineError, endpoint_region, signed_headers


@pytest.fixture(autouse=True)
def config_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file for the configuration of AWS, and no other setting of it."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return tmp_path / "config"


AWS_ENDPOINTS = [
    ("https://dynamodb.eu-west-1.amazonaws.com", "eu-west-1"),
    ("https://dynamodb.cn-north-1.amazonaws.com.cn", "cn-north-1"),
    ("https://dynamodb-fips.us-east-2.amazonaws.com", "us-east-2"),
    ("https://dynamodb.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
    ("https://dynamodb-fips.us-gov-east-1.api.aws", "us-gov-east-1"),
    ("https://dynamodb.eu-west-1.api.aws", "eu-west-1"),
    ("https://dynamodb.cn-northwest-1.api.amazonwebservices.com.cn", "cn-northwest-1"),
    ("https://111122223333.ddb.us-west-2.amazonaws.com", "us-west-2"),
    ("https://111122223333.ddb.us-west-2.api.aws", "us-west-2"),
    ("https://vpce-0a1-b2c.dynamodb.ap-south-1.vpce.amazonaws.com", "ap-south-1"),
    ("https://vpce-0a1-b2c-eu-west-2b.dynamodb.eu-west-2.vpce.amazonaws.com", "eu-west-2"),
    ("https://dynamodb.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
    ("https://DynamoDB.EU-WEST-1.amazonaws.com:443/", "eu-west-1"),
]


@pytest.mark.parametrize(
    ("endpoint", "region"),
    [
        *AWS_ENDPOINTS,
        ("http://127.0.0.1:8000", "us-east-1"),
        ("http://dynamodb.example.com:8000", "us-east-1"),
    ],
)
def test_endpoint_of_dynamodb_itself_contains_the_region(endpoint: str, region: str) -> None:
    assert endpoint_region(endpoint) == region


@pytest.mark.parametrize(("endpoint", "region"), AWS_ENDPOINTS)
def test_region_in_the_endpoint_comes_before_that_of_the_environment(
    endpoint: str, region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "sa-east-1")
    assert endpoint_region(endpoint) == region


OTHER_ENDPOINTS = [
    *("http://127.0.0.1:8000", "http://[::1]:8000", "http://dynamodb.example.com:8000"),
    *("http://dynamodb.eu-west-1.example.com", "http://eu-west-1.amazonaws.com.example.com"),
]


@pytest.mark.parametrize("endpoint", OTHER_ENDPOINTS)
def test_other_endpoint_has_the_region_of_the_environment_or_of_the_profile(
    endpoint: str, config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config_file.write_text("[default]\nregion = sa-east-1\n[profile b]\nregion = ca-west-1\n")
    found = [endpoint_region(endpoint)]
    for name, value in (
        ("AWS_PROFILE", "b"),
        ("AWS_DEFAULT_REGION", "eu-west-1"),
        ("AWS_REGION", "eu-west-2"),
    ):
        monkeypatch.setenv(name, value)
        found.append(endpoint_region(endpoint))
    assert found == ["sa-east-1", "ca-west-1", "eu-west-1", "eu-west-2"]


def test_profile_that_does_not_exist_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "none")
    with pytest.raises(EngineError, match=r"profile \(none\) could not be found"):
        endpoint_region("http://127.0.0.1:8000")
    with pytest.raises(EngineError, match=r"profile \(none\) could not be found"):
        signed_headers(URL("http://127.0.0.1:8000"), "us-east-1")
