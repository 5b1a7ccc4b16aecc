"""What the live tests may ask for."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from atomic_counter.options import Options
from tests.counter_under_test import Counter
from tests.serving import ServedCounter, serve

Having = Callable[..., Counter]


@pytest.fixture
def table(counter: Counter) -> Any:
    """The table behind the counter."""
    if counter.table is None:
        pytest.skip("only the URL is known; --stack NAME finds the table too")
    return counter.table


@pytest.fixture
def having(deployed: Counter, options: Options, tmp_path: Path) -> Iterator[Having]:
    """The counter under test, if it has these options; on this machine one that has them."""
    with ExitStack() as cleanup:

        def having(**wanted: object) -> Counter:
            if asdict(options).items() >= wanted.items():
                return deployed
            if not isinstance(deployed, ServedCounter):
                pytest.skip(f"it was not deployed with {wanted}")
            from tests.synthesis import template_file  # noqa: PLC0415 (not in an account)

            changed: Any = {**asdict(options), **wanted}
            template = template_file(Options(**changed), tmp_path)
            served = cleanup.enter_context(serve(template, "--data", tmp_path / "data"))
            return replace(served, keys=changed["keys"])

        yield having
        deployed.clean_up()
