"""The DynamoDB client of the commands."""

import os
from pathlib import Path

import pytest

from atomic_counter.tooling.aws import dynamodb_client
from atomic_counter.tooling.errors import CommandError

LOCAL = ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"]


@pytest.fixture(autouse=True)
def without_aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """There is no configuration of AWS, and a search for a role would fail at once."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("BOTO_CONFIG", str(tmp_path / "boto"))


def region_and_access_key(url: str | None) -> tuple[str, str]:
    with dynamodb_client(url) as client:
        signer = client._request_signer
        return client.meta.region_name, signer._credentials.access_key


@pytest.mark.parametrize("url", LOCAL)
def test_engine_on_this_machine_needs_no_configuration(url: str) -> None:
    assert region_and_access_key(url) == ("us-east-1", "local")


def test_engine_on_this_machine_gets_the_configured_credentials_and_region(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert region_and_access_key(LOCAL[0]) == ("eu-west-1", "mine")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert region_and_access_key(LOCAL[0]) == ("eu-central-1", "mine")


@pytest.mark.parametrize("url", [None, "http://127.0.0.1.example.com:8000"])
def test_other_engine_needs_a_region(url: str | None) -> None:
    with pytest.raises(CommandError, match="region"), dynamodb_client(url):
        pass


def test_profile_that_does_not_exist_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "none")
    with pytest.raises(CommandError, match="none"), dynamodb_client(LOCAL[0]):
        pass
