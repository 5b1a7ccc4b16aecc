"""What is added to dynalite is not in it."""

import subprocess

from atomic_counter.local import CHECKOUT, node


def test_dynalite_does_not_know_what_a_failed_condition_may_return() -> None:
    """Where this fails, dynalite does by itself what `answerAsAsked` of `engine.cjs` adds."""
    node.install_packages()
    known = "Object.keys(require('dynalite/validations/updateItem').types).join()"
    said = subprocess.check_output([node.executable(), "-p", known], cwd=CHECKOUT, text=True).split(
        ","
    )
    assert "ReturnValues" in said
    assert "ReturnValuesOnConditionCheckFailure" not in said
