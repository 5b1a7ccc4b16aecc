"""The permissions to count: those of callers of the API, and those of AWS code."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Token
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam

from atomic_counter.counter.api import STAGE_NAME
from atomic_counter.counter.encryption import allow_use_of_key
from atomic_counter.options import CounterOptions, OptionError

# A transaction of updates needs the permission of an update.
COUNTING_ACTIONS = ("dynamodb:GetItem", "dynamodb:UpdateItem")
INVOKE = "execute-api:Invoke"
ANY_METHOD = "execute-api:/*"
LEADING_KEYS = "dynamodb:LeadingKeys"
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
ESCAPED = str.maketrans({"$": "${$}", "?": "${?}"})


def allow_invoking(
    api: apigateway.RestApi,
    methods: Sequence[apigateway.Method],
    preflights: Sequence[apigateway.Method],
    grantee: iam.IGrantable,
) -> iam.Grant:
    """Allow a principal to call methods: by its own policy, or in another account by the API's.

    A principal of another account needs both, and can only get its own there. Once the API has a
    policy, a method without authorization, such as a preflight, is refused unless that allows it.
    """
    grant = iam.Grant.add_to_principal_or_resource(
        grantee=grantee,
        actions=[INVOKE],
        resource_arns=[method.method_arn for method in methods],
        resource=api,
        resource_self_arns=_in_own_policy(methods),
    )
    if grant.resource_statements and preflights:
        api.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.AnyPrincipal()],
                actions=[INVOKE],
                resources=_in_own_policy(preflights),
            )
        )
    return grant


def allow_endpoints(
    api: apigateway.RestApi, preflights: Sequence[apigateway.Method], options: CounterOptions
) -> None:
    """Refuse whoever doesn't come through one of the endpoints, by the API's policy.

    Others are allowed as in an API without a policy. Where requests must be signed, they need a
    permission: a policy that allows everyone would be one for every principal of the account.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
    """
    ids = [endpoint.vpc_endpoint_id for endpoint in options.vpc_endpoints]
    other = {"StringNotEquals": {"aws:SourceVpce": ids}}
    allowed = _in_own_policy(preflights) if options.authorization == "iam" else [ANY_METHOD]
    for effect, resources, conditions in (
        (iam.Effect.DENY, [ANY_METHOD], other),
        (iam.Effect.ALLOW, allowed, None),
    ):
        if resources:
            api.add_to_resource_policy(
                iam.PolicyStatement(
                    effect=effect,
                    principals=[iam.AnyPrincipal()],
                    actions=[INVOKE],
                    resources=resources,
                    conditions=conditions,
                )
            )


def principal(caller: str) -> iam.PrincipalBase:
    """Return the principal of an account id or an ARN."""
    return iam.AccountPrincipal(caller) if caller.isdecimal() else iam.ArnPrincipal(caller)


def _in_own_policy(methods: Sequence[apigateway.Method]) -> list[str]:
    """Return the methods as the API's policy names them, which can't refer to the API or stage."""
    return [f"execute-api:/{STAGE_NAME}/{each.http_method}{each.resource.path}" for each in methods]


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
    if not grant.success:
        raise OptionError(
            "grantee must be a principal to which a policy can be added, such as a role of this"
            f" app, got {grantee}"
        )
    of_key = allow_use_of_key(table, grantee)
    return grant.combine(of_key) if of_key else grant


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
    if Token.is_unresolved(keys) or any(map(Token.is_unresolved, keys)):
        raise OptionError(
            "keys must be texts that are known at synthesis, as their wildcards are escaped,"
            f" got {keys!r}"
        )
    return keys


def _patterns(key: str, documents: bool) -> list[str]:
    """Return the patterns of the item of a key and of its documents, after a tab."""
    pattern = key.translate(ESCAPED)
    return [pattern, f"{pattern}\t*"] if documents and not key.endswith("*") else [pattern]
