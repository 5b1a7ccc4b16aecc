"""cdk-nag's pack AwsSolutions finds nothing that is not acknowledged with a reason."""

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import aws_cdk as cdk
import pytest
from cdk_nag import AwsSolutionsChecks

from atomic_counter import findings
from atomic_counter.options import Options
from atomic_counter.stack import add_stacks
from tests.conftest import CDK_CONTEXT
from tests.synthesis import OF_THREE, OF_TWO

OPTIONS = [
    Options(),
    Options(ephemeral=True, authorization="api-key"),
    Options(authorization="iam", access_logs=True, tracing=True, alarm_email="ops@example.com"),
    Options(authorization="iam", allow_origin="*"),
    OF_TWO,
    replace(OF_THREE, ephemeral=True),
]


def found(options: Options, output: Path) -> set[str]:
    """The rules that are broken and not acknowledged."""
    app = cdk.App(context=CDK_CONTEXT, outdir=str(output))
    add_stacks(app, options)
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    with suppress(RuntimeError):  # Synthesis fails if anything is found; the report says what.
        app.synth()
    report = json.loads((output / "validation-report.json").read_text())
    return {
        violation["ruleName"].partition("-")[2]
        for plugin in report["pluginReports"]
        for violation in plugin["violations"]
    }


@pytest.mark.parametrize("options", OPTIONS)
def test_every_finding_is_mended_or_acknowledged(options: Options, tmp_path: Path) -> None:
    assert found(options, tmp_path) == set()


@pytest.mark.parametrize("options", OPTIONS)
def test_nothing_is_acknowledged_that_would_not_be_found(
    options: Options, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    acknowledged = findings.standing(options).keys()
    monkeypatch.setattr(findings, "standing", lambda _: {})
    assert found(options, tmp_path) == acknowledged
