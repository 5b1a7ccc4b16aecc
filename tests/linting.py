"""cfn-lint, which loads its rules once."""

import json
from functools import cache

import cfnlint.api
from aws_cdk.assertions import Template
from cfnlint.config import ConfigMixIn
from cfnlint.rules import RulesCollection
from cfnlint.runner import Runner


def lint(template: Template) -> list[str]:
    """Return the findings in a template."""
    text = json.dumps(template.to_json())
    return list(map(str, cfnlint.api.lint(text, rules=_rules())))


@cache
def _rules() -> RulesCollection:
    """Return the rules that `cfnlint.api.lint` loads for each template by default."""
    return Runner(ConfigMixIn(regions=["us-east-1"])).rules
