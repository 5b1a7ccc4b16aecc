"""The printed template is the synthesized one, without anything of the CDK."""

import json

import pytest

from atomic_counter.commands.template import printed
from atomic_counter.options import AppOptions
from tests.served_counter import run_command
from tests.synthesis import synthesize


def test_printed_template_is_the_synthesized_one_with_a_line_for_each_entry() -> None:
    document = synthesize(AppOptions()).to_json()
    text = printed(document)
    entries = sum(len(section) for section in document.values())
    for resource in document["Resources"].values():
        resource.pop("Metadata", None)
    assert json.loads(text) == document
    assert len(text.splitlines()) == entries + 2 * len(document) + 2


def test_metadata_of_the_cdk_is_removed_and_that_of_others_stays() -> None:
    metadata = {"aws:cdk:path": "a/b", "cfn-lint": {}}
    text = printed({"Resources": {"T": {"Type": "A::B", "Metadata": metadata}}, "Rules": {}})
    resource = {"Type": "A::B", "Metadata": {"cfn-lint": {}}}
    assert json.loads(text) == {"Resources": {"T": resource}}


def test_template_that_needs_a_bucket_is_printed_with_a_warning(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("atomic_counter.commands.template.MAX_BYTES", 20_000)
    status, errors = run_command("template")
    size = len(capsys.readouterr().out.encode()) - 1
    assert (status, size > 20_000) == (0, True)
    assert f"the template has {size:,} bytes, and CloudFormation accepts 20,000" in errors


def test_template_of_several_regions_is_refused() -> None:
    regions = {"region": "us-east-1", "replicas": "us-east-2", "witness": "us-west-2"}
    options = [word for name, value in regions.items() for word in ("-c", f"{name}={value}")]
    status, errors = run_command("template", *options)
    assert status == 2
    assert "error: replicas must be absent" in errors
