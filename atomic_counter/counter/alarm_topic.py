"""The topic of alarms, which sends them to an address."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from atomic_counter.counter.encryption import allow_alarms


def add_alarm_topic(
    scope: Construct, alarm_email: str, encryption_key: kms.IKey | None
) -> sns.Topic:
    """Add the topic, and the subscription of an address, whose owner must confirm it."""
    allow_alarms(scope, encryption_key)
    topic = sns.Topic(scope, "Alarms", enforce_ssl=True, master_key=encryption_key)
    # The policy that enforces TLS replaces the default policy, which allowed alarms to publish.
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
            actions=["sns:Publish"],
            resources=[topic.topic_arn],
            conditions={"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}},
        )
    )
    topic.add_subscription(subscriptions.EmailSubscription(alarm_email))
    return topic
