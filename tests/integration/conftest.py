"""The fixtures of the integration tests."""

import pytest


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine accepts any credentials."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
