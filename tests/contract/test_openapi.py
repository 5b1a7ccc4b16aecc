"""The counter conforms to `openapi.yaml`, as schemathesis checks."""

from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import unsupported_method

from atomic_counter.tooling.paths import CHECKOUT
from tests.counter_under_test import Counter

schema = schemathesis.openapi.from_path(CHECKOUT / "openapi.yaml")


@schema.parametrize()
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_counter_conforms_to_openapi(case: schemathesis.Case[Any], deployed: Counter) -> None:
    # API Gateway has one response for unknown paths and methods: 404, not 405.
    base_url = deployed.url.removesuffix("/counter")
    case.call_and_validate(
        base_url=base_url,
        headers=deployed.headers,
        auth=deployed.auth,
        excluded_checks=[unsupported_method],
    )
