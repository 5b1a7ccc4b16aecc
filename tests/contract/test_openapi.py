"""The counter conforms to `openapi.yaml`, as schemathesis checks."""

from copy import deepcopy
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance, unsupported_method

from atomic_counter.options import AppOptions
from atomic_counter.tooling.paths import CHECKOUT
from tests.contract.conftest import CounterWith
from tests.counter_under_test import Counter

schema = schemathesis.openapi.from_path(CHECKOUT / "openapi.yaml")
DOCUMENTS = deepcopy(schema.raw_schema)
PATH_ITEMS = DOCUMENTS["components"]["pathItems"]
DOCUMENTS["paths"]["/counter"] = PATH_ITEMS["Documents"]
DOCUMENTS["paths"]["/counter/documents"] = PATH_ITEMS["DocumentList"]
with_documents = schemathesis.openapi.from_dict(DOCUMENTS)
examples = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def check(case: schemathesis.Case[Any], counter: Counter, *excluded: Any) -> None:
    # API Gateway has one response for unknown paths and methods: 404, not 405.
    case.call_and_validate(
        base_url=counter.url.removesuffix("/counter"),
        headers=counter.headers,
        auth=counter.auth,
        excluded_checks=[unsupported_method, *excluded],
    )


@schema.parametrize()
@examples
def test_counter_conforms_to_openapi(
    case: schemathesis.Case[Any], deployed: Counter, options: AppOptions
) -> None:
    if options.documents:
        pytest.skip("the counter issues numbers only to documents")
    check(case, deployed)


@with_documents.parametrize()
@examples
def test_counter_with_documents_conforms_to_openapi(
    case: schemathesis.Case[Any], counter_with: CounterWith
) -> None:
    # A document without a number, or an old `after`, is a 404 or 412 for valid parameters, too.
    check(case, counter_with(documents=True), positive_data_acceptance)
