"""`openapi.yaml` says what the counter does: schemathesis tries it and finds nothing."""

from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import unsupported_method

from atomic_counter.local import CHECKOUT
from tests.counter_under_test import Counter

schema = schemathesis.openapi.from_path(CHECKOUT / "openapi.yaml")


@schema.parametrize()
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_the_counter_does_what_its_description_says(
    case: schemathesis.Case[Any], deployed: Counter
) -> None:
    # API Gateway has one answer for unknown paths and methods: 404, not 405.
    base_url = deployed.url.removesuffix("/counter")
    case.call_and_validate(
        base_url=base_url,
        headers=deployed.headers,
        auth=deployed.auth,
        excluded_checks=[unsupported_method],
    )
