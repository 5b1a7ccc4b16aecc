"""Many clients at once: every number is given out once. The audit, run by pytest."""

import asyncio

import pytest

from atomic_counter.audit import Plan, audit
from tests.counter_under_test import Counter

CLIENTS = 32
REQUESTS = 800


@pytest.mark.parametrize(("keys", "block"), [(1, 1), (4, 1), (1, 100)])
def test_32_clients_get_every_number_once(counter: Counter, keys: int, block: int) -> None:
    plan = Plan(
        counter.url,
        [counter.fresh_key() for _ in range(keys)],
        clients=CLIENTS,
        requests=REQUESTS,
        block=block,
        headers=counter.headers,
        auth=counter.auth,
    )
    report = asyncio.run(audit(plan))
    assert (report.repeats, report.gaps, report.errors) == (0, 0, {})
    assert report.numbers == REQUESTS * block
