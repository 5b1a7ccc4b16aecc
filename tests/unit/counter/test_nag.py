"""Every finding of cdk-nag's pack AwsSolutions is acknowledged with a reason."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigateway
from cdk_nag import AwsSolutionsChecks

from atomic_counter.counter import AtomicCounter, nag
from atomic_counter.options import AppOptions
from atomic_counter.stack import add_stacks
from tests.conftest import CDK_CONTEXT
from tests.synthesis import THREE_REGIONS, TWO_REGIONS

KEY_ARN = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab"
TOPIC_ARN = "arn:aws:sns:us-east-1:111122223333:Alarms"
OPTIONS = [
    AppOptions(),
    AppOptions(ephemeral=True, authorization="api-key"),
    AppOptions(authorization="iam", access_logs=True, tracing=True, alarm_email="ops@example.com"),
    AppOptions(authorization="iam", allow_origin="*", callers=["111122223333"]),
    AppOptions(documents=True, security_policy="SecurityPolicy_TLS13_1_3_2025_09"),
    AppOptions(encryption_key_arn=KEY_ARN, access_logs=True, alarm_email="ops@example.com"),
    AppOptions(encryption_key_arn=KEY_ARN, table_name="mine", alarm_topic_arn=TOPIC_ARN),
    AppOptions(vpc_endpoints=["vpce-1"], allow_origin="*"),
    TWO_REGIONS,
    replace(THREE_REGIONS, ephemeral=True),
]


def found(
    options: AppOptions, output: Path, change: Callable[[AtomicCounter], object] = id
) -> set[str]:
    """Return the rules that are broken and not acknowledged, after a change of the counter."""
    app = cdk.App(context=CDK_CONTEXT, outdir=str(output))
    first, *_ = add_stacks(app, options)
    change(first.counter)
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    with suppress(RuntimeError):  # Synthesis fails after a finding, which is in the report.
        app.synth()
    report = json.loads((output / "validation-report.json").read_text())
    return {
        violation["ruleName"].partition("-")[2]
        for plugin in report["pluginReports"]
        for violation in plugin["violations"]
    }


@pytest.mark.parametrize("options", OPTIONS)
def test_every_finding_is_fixed_or_acknowledged(options: AppOptions, tmp_path: Path) -> None:
    assert found(options, tmp_path) == set()


def test_findings_in_what_users_add_are_reported(tmp_path: Path) -> None:
    def add_method(counter: AtomicCounter) -> None:
        counter.api.root.add_method("GET", authorization_type=apigateway.AuthorizationType.NONE)

    assert found(AppOptions(), tmp_path / "without_iam", add_method) == {"APIG4", "COG4"}
    assert found(AppOptions(authorization="iam"), tmp_path / "iam", add_method) == {"APIG4", "COG4"}


@pytest.mark.parametrize("options", OPTIONS)
def test_every_acknowledged_finding_exists(
    options: AppOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    acknowledged = nag.accepted_findings(options).keys()
    monkeypatch.setattr(nag, "accepted_findings", lambda _: {})
    assert found(options, tmp_path) == acknowledged
