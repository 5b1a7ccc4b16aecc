"""The use of customer managed keys: by whoever counts, and by services of AWS."""

from collections.abc import Mapping, Sequence

from aws_cdk import Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

USE_OF_TABLE = (
    *("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"),
    *("kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"),
)


def allow_use_of_key(table: dynamodb.ITable, grantee: iam.IGrantable) -> iam.Grant | None:
    """Allow a principal to use the customer managed key of a table, if it has one.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
    """
    return table.encryption_key.grant(grantee, *USE_OF_TABLE) if table.encryption_key else None


def allow_alarms(scope: Construct, key: kms.IKey | None) -> None:
    """Let alarms use the key of a topic, unless the key is from outside the app.

    Source: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    own_account = {"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}}
    actions = ("kms:Decrypt", "kms:GenerateDataKey*")
    _allow(key, "cloudwatch.amazonaws.com", actions, own_account)


def allow_logs(scope: Construct, key: kms.IKey | None) -> None:
    """Let CloudWatch Logs use the key of a log group, unless the key is from outside the app.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    stack = Stack.of(scope)
    # Not the name of the log group, which needs the key before it has a name.
    groups = f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:log-group:*"
    own_groups = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}}
    actions = ("Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey*", "ReEncrypt*")
    service = f"logs.{stack.region}.amazonaws.com"
    _allow(key, service, [f"kms:{action}" for action in actions], own_groups)


def _allow(
    key: kms.IKey | None, service: str, actions: Sequence[str], conditions: Mapping[str, object]
) -> None:
    if key:
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(service)],
                actions=[*actions],
                resources=["*"],
                conditions=conditions,
            )
        )
