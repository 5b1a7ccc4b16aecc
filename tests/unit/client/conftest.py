"""The counter of the client's tests."""

from collections.abc import Iterator

import pytest

from tests.fake_counter import FakeCounter, fake_counter
from tests.unit.client.fakes import join_background_threads


@pytest.fixture(scope="module")
def served() -> Iterator[FakeCounter]:
    with fake_counter() as fake:
        yield fake


@pytest.fixture
def fake(served: FakeCounter) -> Iterator[FakeCounter]:
    """A counter without faults that has received no request."""
    served.faults.clear()
    served.fault = lambda: None
    served.has_documents = True
    served.requests.clear()
    yield served
    join_background_threads()
