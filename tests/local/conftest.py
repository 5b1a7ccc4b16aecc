from collections.abc import Iterator
from pathlib import Path

import pytest

from atomic_counter.local.synthesis import synthesize
from tests.local.serving import Counter, serve


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This app, synthesized."""
    return synthesize(tmp_path_factory.mktemp("cdk.out"))


@pytest.fixture(scope="session")
def counter(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """This app, served over a real engine."""
    with serve(template, "--data", tmp_path_factory.mktemp("data")) as served:
        yield served
