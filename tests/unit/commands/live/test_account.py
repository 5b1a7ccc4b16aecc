"""What an account lacks is reported before anything is deployed."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from atomic_counter.commands.live import account
from atomic_counter.commands.live.account import POLICY, Account, DeployedCounter, deployed_counter
from atomic_counter.tooling.errors import CommandError
from tests.unit.commands.live.fakes import FakeAws

# The services of the resources, and whatever a proof itself calls.
SERVICES = {"apigateway", "cloudformation", "cloudwatch", "dynamodb", "execute-api", "iam"}


def check_error(aws: FakeAws) -> str:
    with pytest.raises(CommandError) as error:
        Account(aws).check("Trial")
    return error.value.message


def test_complete_account_passes() -> None:
    Account(FakeAws()).check("Trial")


def test_missing_region_is_reported_with_its_command() -> None:
    with pytest.raises(CommandError, match="no AWS Region is set: export AWS_REGION=us-east-1"):
        Account(FakeAws(region=None))


def test_missing_credentials_are_reported_with_their_command() -> None:
    aws = FakeAws()
    aws.denied.add("get_caller_identity")
    with pytest.raises(CommandError, match="no valid AWS credentials: aws configure sso"):
        Account(aws)


def test_missing_permission_is_reported_with_the_policy() -> None:
    aws = FakeAws()
    aws.denied.add("describe_stacks")
    error = check_error(aws)
    assert error.startswith("the account can't be checked: ")
    assert "AccessDenied" in error
    assert error.endswith(POLICY)


def policy() -> list[dict[str, Any]]:
    text = Path(account.__file__).with_name("policy.json").read_text()
    statements: list[dict[str, Any]] = json.loads(text)["Statement"]
    return statements


def test_policy_has_the_services_of_the_proof() -> None:
    actions = {action for statement in policy() for action in statement["Action"]}
    assert {action.partition(":")[0] for action in actions} == SERVICES


def test_policy_is_for_copies_only_where_a_resource_has_a_name() -> None:
    named = {"cloudformation", "dynamodb", "iam"}
    for statement in policy():
        if statement["Action"][0].partition(":")[0] in named:
            assert "/AtomicCounterLive-*" in statement["Resource"]


def test_policy_is_for_every_partition() -> None:
    resources = [statement["Resource"] for statement in policy()]
    arns = [arn for each in resources for arn in ([each] if isinstance(each, str) else each)]
    assert {arn.split(":")[1] for arn in arns} == {"*"}


def test_existing_stack_of_that_name_is_left_alone() -> None:
    aws = FakeAws()
    aws.stacks["Trial"] = {}
    assert check_error(aws).startswith("a stack Trial exists, and would be deleted")


def test_deployed_counter_has_url_table_and_api_key() -> None:
    aws = FakeAws()
    aws.stacks["Trial"] = {"apigwcounterurl": "https://a/b?c", "tablename": "T", "apikeyid": "k"}
    assert deployed_counter(aws, "Trial") == DeployedCounter("https://a/b", "T", "the key")


def test_remaining_resources_are_those_not_deleted() -> None:
    aws = FakeAws()
    aws.stacks["Trial"] = {}
    assert Account(aws).remaining_resources("Trial") == ["AWS::Table x"]
    assert Account(aws).remaining_resources("Gone") == []


def test_denied_look_at_remaining_resources_is_an_error() -> None:
    aws = FakeAws()
    found = Account(aws)
    aws.denied.add("describe_stacks")
    with pytest.raises(ClientError, match="AccessDenied"):
        found.remaining_resources("Trial")
