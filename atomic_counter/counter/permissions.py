"""The permissions to count by DynamoDB's API: those of API Gateway, and those of AWS code."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Token
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam

from atomic_counter.options import OptionError

# A transaction of updates needs the permission of an update.
COUNTING_ACTIONS = ("dynamodb:GetItem", "dynamodb:UpdateItem")
LEADING_KEYS = "dynamodb:LeadingKeys"
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
ESCAPED = str.maketrans({"$": "${$}", "?": "${?}"})


def allow_counting(
    table: dynamodb.ITable,
    grantee: iam.IGrantable,
    keys: Sequence[str] | None = None,
    *,
    documents: bool = False,
) -> iam.Grant:
    """Allow a principal to update and get the items of keys, and to use the key of the table.

    Args:
        table: The table to count in.
        grantee: The principal.
        keys: As for `AtomicCounter.grant_count`.
        documents: As for `AtomicCounter.grant_count`.

    Raises:
        OptionError: As for `AtomicCounter.grant_count`.
    """
    grant = iam.Grant.add_to_principal(
        grantee=grantee,
        actions=[*COUNTING_ACTIONS],
        resource_arns=[table.table_arn],
        conditions=None if keys is None else _only(keys, documents=documents),
    )
    key = table.encryption_key
    return grant.combine(key.grant_encrypt_decrypt(grantee)) if key else grant


def _only(keys: Sequence[str], *, documents: bool) -> dict[str, Any]:
    """Return the condition that all items of a request are of these keys.

    `ForAllValues` alone allows a request without a key.
    """
    patterns = [pattern for key in _checked(keys) for pattern in _patterns(key, documents)]
    return {"ForAllValues:StringLike": {LEADING_KEYS: patterns}, "Null": {LEADING_KEYS: "false"}}


def _checked(keys: Sequence[str]) -> Sequence[str]:
    is_list = not isinstance(keys, str) and len(keys) > 0
    if not (is_list and all(isinstance(key, str) and key.strip() for key in keys)):
        raise OptionError(
            "keys must be a list of systemKeys such as ['invoices-*'], or None for all,"
            f" got {keys!r}"
        )
    if any(map(Token.is_unresolved, keys)):
        raise OptionError(
            "keys must be texts that are known at synthesis, as their wildcards are escaped,"
            f" got {keys!r}"
        )
    return keys


def _patterns(key: str, documents: bool) -> list[str]:
    """Return the patterns of the item of a key and of its documents, after a tab."""
    pattern = key.translate(ESCAPED)
    return [pattern, f"{pattern}\t*"] if documents and not key.endswith("*") else [pattern]
