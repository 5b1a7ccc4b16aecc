"""Many concurrent clients receive every number once: the audit, run by pytest."""

import asyncio

import pytest

from atomic_counter.commands.audit import AuditPlan, run_audit
from tests.counter_under_test import Counter

CLIENTS = 32
REQUESTS = 800


@pytest.mark.parametrize(("keys", "block"), [(1, 1), (4, 1), (1, 100)])
def test_32_clients_receive_every_number_once(counter: Counter, keys: int, block: int) -> None:
    plan = AuditPlan(
        counter.url,
        [counter.fresh_key() for _ in range(keys)],
        clients=CLIENTS,
        requests=REQUESTS,
        block=block,
        headers=counter.headers,
        auth=counter.auth,
    )
    report = asyncio.run(run_audit(plan))
    assert (report.duplicates, report.gaps, report.errors) == (0, 0, {})
    assert report.numbers == REQUESTS * block
