"""A counter uses existing resources instead of its own: topics, tables, keys, logs, endpoints."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Template

from atomic_counter.counter import AtomicCounter
from atomic_counter.options import AppOptions, OptionError
from tests.conftest import CDK_CONTEXT
from tests.linting import lint
from tests.synthesis import only, synthesize

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


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        ({"alarm_topic": TOPIC_ARN}, "alarm_topic must be an ITopic, such as .*, got 'arn:aws"),
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
