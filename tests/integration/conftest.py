"""The fixtures of the integration tests."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from atomic_counter.__main__ import main
from tests.counter_under_test import create_table, local_dynamodb, local_table
from tests.integration.transports import TRANSPORTS, Transport
from tests.served_counter import ServedCounter


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine accepts any credentials."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.fixture
def table(served: ServedCounter) -> Iterator[Any]:
    """A table without items, in the engine of a module's counter."""
    name = create_table(local_dynamodb(served.endpoint), "systemKey")
    table = local_table(served.endpoint, name)
    yield table
    table.delete()


@pytest.fixture
def run_keys(served: ServedCounter) -> Callable[..., int]:
    """Runs a subcommand of `keys`, whose words follow, for a table."""

    def run(table: Any, subcommand: str, *words: object) -> int:
        texts = [subcommand, table.name, *map(str, words), "--endpoint-url", served.endpoint]
        return main(["keys", *texts])

    return run


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> Transport:
    """Each way to count: over HTTP, and by DynamoDB's API."""
    found: Transport = request.param
    return found
