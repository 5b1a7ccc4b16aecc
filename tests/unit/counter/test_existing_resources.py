"""A counter uses existing resources instead of its own: topics, tables, keys, logs, endpoints."""

import json
from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Template

from atomic_counter.counter import AtomicCounter
from atomic_counter.counter.encryption import USE_OF_TABLE
from atomic_counter.options import AppOptions, OptionError
from tests.conftest import CDK_CONTEXT
from tests.linting import lint
from tests.synthesis import TWO_REGIONS, only, synthesize

KEY_ARN = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab"
TOPIC_ARN = "arn:aws:sns:us-east-1:111122223333:Alarms"


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(context=CDK_CONTEXT), "Stack")


def test_alarms_go_to_the_given_topic_alone(stack: cdk.Stack) -> None:
    topic = sns.Topic(stack, "Topic")
    AtomicCounter(stack, "Counter", alarm_topic=topic)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::SNS::Topic", 1)
    actions = {"AlarmActions": [stack.resolve(topic.topic_arn)]}
    template.all_resources_properties("AWS::CloudWatch::Alarm", actions)


def test_alarms_go_to_the_topic_of_the_app() -> None:
    template = synthesize(AppOptions(alarm_topic_arn=TOPIC_ARN))
    actions = {"AlarmActions": [TOPIC_ARN], "OKActions": [TOPIC_ARN]}
    template.all_resources_properties("AWS::CloudWatch::Alarm", actions)
    assert lint(template) == []


def test_app_counts_in_an_existing_table_and_changes_nothing_of_it() -> None:
    template = synthesize(AppOptions(table_name="mine"))
    template.resource_count_is("AWS::DynamoDB::Table", 0)
    template.has_output("tablename", {"Value": "mine"})
    _, role = only(template, "AWS::IAM::Role")
    (statement,) = role["Policies"][0]["PolicyDocument"]["Statement"]
    assert statement["Resource"]["Fn::Join"][1][-1] == ":table/mine"
    assert lint(template) == []


def test_key_encrypts_the_table_the_logs_and_the_topic(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    options: dict[str, Any] = {"access_logs": True, "alarm_email": "ops@example.com"}
    AtomicCounter(stack, "Counter", encryption_key=key, **options)
    template, arn = Template.from_stack(stack), stack.resolve(key.key_arn)
    encryption = {"KMSMasterKeyId": arn, "SSEEnabled": True, "SSEType": "KMS"}
    template.has_resource_properties("AWS::DynamoDB::Table", {"SSESpecification": encryption})
    template.has_resource_properties("AWS::Logs::LogGroup", {"KmsKeyId": arn})
    template.has_resource_properties("AWS::SNS::Topic", {"KmsMasterKeyId": arn})
    assert lint(template) == []


def test_policy_of_a_key_lets_only_own_alarms_and_log_groups_use_it(stack: cdk.Stack) -> None:
    options: dict[str, Any] = {"access_logs": True, "alarm_email": "ops@example.com"}
    AtomicCounter(stack, "Counter", encryption_key=kms.Key(stack, "Key"), **options)
    _, key = only(Template.from_stack(stack), "AWS::KMS::Key")
    _, *services = key["KeyPolicy"]["Statement"]
    region = ["logs.", {"Ref": "AWS::Region"}, ".amazonaws.com"]
    found = {json.dumps(s["Principal"]["Service"]): json.dumps(s["Condition"]) for s in services}
    assert len(found) == 2
    assert "aws:SourceAccount" in found['"cloudwatch.amazonaws.com"']
    logs = json.dumps({"Fn::Join": ["", region]})
    assert "kms:EncryptionContext:aws:logs:arn" in found[logs]


@pytest.mark.parametrize("table", [{}, {"table_name": "mine"}])
def test_app_lets_the_role_use_its_key(table: dict[str, Any]) -> None:
    template = synthesize(AppOptions(encryption_key_arn=KEY_ARN, **table))
    _, policy = only(template, "AWS::IAM::Policy")
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert set(statement["Action"]) == set(USE_OF_TABLE)
    assert statement["Resource"] == KEY_ARN
    assert lint(template) == []


def test_key_for_several_regions_is_refused() -> None:
    with pytest.raises(OptionError, match="encryption_key can't be combined with replicas: "):
        synthesize(replace(TWO_REGIONS, encryption_key_arn=KEY_ARN))


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        ({"alarm_topic": TOPIC_ARN}, "alarm_topic must be an ITopic, such as .*, got 'arn:aws"),
        ({"encryption_key": KEY_ARN}, "encryption_key must be an IKey, such as .*, got 'arn:aws"),
    ],
)
def test_text_instead_of_a_construct_is_refused(arguments: dict[str, Any], output: str) -> None:
    with pytest.raises(OptionError, match=output):
        AtomicCounter(cdk.Stack(), "Counter", **arguments)


@pytest.mark.parametrize(
    ("options", "output"),
    [
        ({"alarm_email": "ops@example.com"}, "alarm_topic can't be combined with alarm_email: "),
        ({"monitoring": False}, "alarm_topic needs monitoring"),
    ],
)
def test_topic_without_alarms_of_its_own_is_refused(options: dict[str, Any], output: str) -> None:
    with pytest.raises(OptionError, match=output):
        synthesize(AppOptions(alarm_topic_arn=TOPIC_ARN, **options))
