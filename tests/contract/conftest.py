"""The fixtures of the contract's tests."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, replace
from functools import cache
from typing import Any

import pytest

from atomic_counter.options import AppOptions
from tests.counter_under_test import Counter
from tests.served_counter import ServedCounter, serve

CounterWith = Callable[..., Counter]


@pytest.fixture
def table(counter: Counter) -> Any:
    """The table behind the counter."""
    if counter.table is None:
        pytest.skip("only the URL is known; --stack NAME finds the table, too")
    return counter.table


@pytest.fixture(scope="module")
def counter_with(
    deployed: Counter, options: AppOptions, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CounterWith]:
    """The counter under test if it has these options, or on this machine another one."""
    with ExitStack() as cleanup:

        @cache
        def counter_with(**changes: object) -> Counter:
            wanted = {"documents": False, **changes}
            if asdict(options).items() >= wanted.items():
                return deployed
            if not isinstance(deployed, ServedCounter):
                pytest.skip(f"the counter wasn't deployed with {wanted}")
            from tests.synthesis import template_file  # noqa: PLC0415 (not for an account)

            changed: Any = {**asdict(options), **wanted}
            folder = tmp_path_factory.mktemp("counter_with")
            template = template_file(AppOptions(**changed), folder)
            served = cleanup.enter_context(serve(template, "--data", folder / "data"))
            return replace(served, keys=changed["keys"])

        yield counter_with
        deployed.clean_up()
