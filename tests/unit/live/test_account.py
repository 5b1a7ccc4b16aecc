"""What a proof lacks in an account is told before anything is deployed."""

import json

import pytest
from botocore.exceptions import ClientError

from atomic_counter.live.account import POLICY, Account, Deployed, deployed
from atomic_counter.local import LocalError
from tests.unit.live.fakes import FakeAws

GRANT = "--policy-name AtomicCounterLive --policy-document file://atomic_counter/live/policy.json"
RIGHTS = {
    "assume_role": "sts:AssumeRole",
    "get_parameter": "ssm:GetParameter",
    "describe_stacks": "cloudformation:DescribeStacks",
    "describe_stack_resources": "cloudformation:DescribeStackResources",
    "get_item": "dynamodb:GetItem",
    "put_item": "dynamodb:PutItem",
    "delete_item": "dynamodb:DeleteItem",
    "get_api_key": "apigateway:GET",
}


def test_an_account_that_has_all_lacks_nothing() -> None:
    assert Account(FakeAws()).missing("Trial") == []


def test_without_a_region_it_says_how_to_set_one() -> None:
    with pytest.raises(LocalError, match="no AWS Region is set: export AWS_REGION=us-east-1"):
        Account(FakeAws(region=None))


def test_without_credentials_it_says_how_to_get_them() -> None:
    aws = FakeAws()
    aws.denied.add("get_caller_identity")
    with pytest.raises(LocalError, match="no valid AWS credentials: aws configure sso"):
        Account(aws)


@pytest.mark.parametrize("version", ["", "5"])
def test_an_account_that_is_not_bootstrapped_is_told_the_command(version: str) -> None:
    aws = FakeAws()
    aws.bootstrap_version = version
    aws.denied.add("assume_role")
    [line] = Account(aws).missing("Trial")
    assert line.endswith(
        "for the CDK in this Region: npx cdk bootstrap aws://111122223333/eu-west-1"
    )


@pytest.mark.parametrize(("operation", "right"), RIGHTS.items())
def test_a_right_that_is_not_there_is_named_with_the_command(operation: str, right: str) -> None:
    aws = FakeAws()
    aws.denied.add(operation)
    [line] = Account(aws).missing("Trial")
    assert line == f"no right to {right}: aws iam put-user-policy --user-name ann {GRANT}"


@pytest.mark.parametrize(
    ("who", "grant"),
    [
        ("assumed-role/Deployer/session", "put-role-policy --role-name Deployer"),
        ("federated-user/ann", "put-role-policy --role-name ROLE"),
    ],
)
def test_rights_are_granted_to_whoever_asks(who: str, grant: str) -> None:
    aws = FakeAws(user=who)
    aws.denied |= {"get_item", "put_item"}
    [line] = Account(aws).missing("Trial")
    rights = "dynamodb:GetItem, dynamodb:PutItem"
    assert line == f"no right to {rights}: aws iam {grant} {GRANT}"


def test_the_policy_has_these_rights_and_no_others_but_to_ask_the_counter() -> None:
    actions = [statement["Action"] for statement in json.loads(POLICY.read_text())["Statement"]]
    flat = {
        right for action in actions for right in ([action] if action == str(action) else action)
    }
    assert flat == {*RIGHTS.values(), "execute-api:Invoke"}


def test_what_is_tried_names_nothing_that_is_there() -> None:
    aws = FakeAws()
    Account(aws).missing("Trial")
    tables = {asked["TableName"] for _, asked in aws.asked if "TableName" in asked}
    assert tables == {"Trial-none"}


def test_a_stack_of_that_name_would_be_removed_and_is_left_alone() -> None:
    aws = FakeAws()
    aws.stacks["Trial"] = {}
    [line] = Account(aws).missing("Trial")
    assert line.startswith("a stack Trial is there already, and would be removed")


def test_a_deployed_counter_has_its_url_its_table_and_the_value_of_its_key() -> None:
    aws = FakeAws()
    aws.stacks["Trial"] = {"apigwcounterurl": "https://a/b?c", "tablename": "T", "apikeyid": "k"}
    assert deployed(aws, "Trial") == Deployed("https://a/b", "T", "the key")


def test_what_is_left_is_what_was_not_deleted() -> None:
    aws = FakeAws()
    aws.stacks["Trial"] = {}
    assert Account(aws).left_of("Trial") == ["AWS::Table x"]
    assert Account(aws).left_of("Gone") == []


def test_what_cannot_be_seen_may_be_left() -> None:
    aws = FakeAws()
    account = Account(aws)
    aws.denied.add("describe_stacks")
    with pytest.raises(ClientError, match="AccessDenied"):
        account.left_of("Trial")
