"""The counter of the client's tests."""

import threading
from collections.abc import Iterator

import pytest

from tests.fake_counter import FakeCounter, fake_counter

JOIN_SECONDS = 5


@pytest.fixture(scope="module")
def served() -> Iterator[FakeCounter]:
    with fake_counter() as fake:
        yield fake


@pytest.fixture
def fake(served: FakeCounter) -> Iterator[FakeCounter]:
    """A counter without faults that has received no request."""
    served.faults.clear()
    served.fault = lambda: None
    served.requests.clear()
    yield served
    for thread in threading.enumerate():
        if thread.name == "atomic counter":
            thread.join(JOIN_SECONDS)
