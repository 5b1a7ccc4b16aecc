"""dynalite lacks what `engine.cjs` adds."""

import subprocess

from atomic_counter.tooling import node
from atomic_counter.tooling.paths import CHECKOUT


def test_dynalite_ignores_return_values_on_condition_check_failure() -> None:
    """A failure means that `engine.cjs` can drop this addition."""
    node.install_packages()
    known = "Object.keys(require('dynalite/validations/updateItem').types).join()"
    output = subprocess.check_output(
        [node.executable(), "-p", known], cwd=CHECKOUT, text=True
    ).split(",")
    assert "ReturnValues" in output
    assert "ReturnValuesOnConditionCheckFailure" not in output
