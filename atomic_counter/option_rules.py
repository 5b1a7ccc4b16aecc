"""The rules for the values of options: what is allowed, and how CDK context spells it."""

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any, get_args

# The Regions of which any three can have a strongly consistent global table:
# https://aws.amazon.com/about-aws/whats-new/2026/09/dynamodb-mrsc-additional-regions/
MRSC_REGIONS = (
    *("us-east-1", "us-east-2", "us-west-2", "ca-central-1"),
    *("eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1", "eu-north-1", "eu-south-2"),
    *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1"),
)
MRSC_REGION_COUNT = 3
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html
SECURITY_POLICIES = (
    "SecurityPolicy_TLS13_1_2_2021_06",
    "SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_PQ_2025_09",
    "SecurityPolicy_TLS13_1_3_2025_09",
    "SecurityPolicy_TLS13_1_3_FIPS_2025_09",
)


class OptionError(ValueError):
    """An option is unknown or has a wrong value. The message states the allowed values."""


@dataclass(frozen=True)
class Rule:
    """The values that an option may have, and how CDK context spells them."""

    allowed: str
    accepts: Callable[[Any], bool]
    # None: CDK context can't have such a value.
    parse: Callable[[str], Any] | None = str
    # Whether the value may be a token of the CDK. Otherwise it decides on resources.
    takes_tokens: bool = False

    def read(self, name: str, value: Any) -> Any:
        """Return a value of CDK context in its own type."""
        try:
            parsed = self.parse(value) if self.parse and isinstance(value, str) else value
        except (KeyError, ValueError):
            parsed = value
        self.check(name, parsed)
        return parsed

    def check(self, name: str, value: Any) -> None:
        """Raise OptionError unless a value is allowed."""
        if self.accepts(value):
            return
        if any(map(_is_token, value if isinstance(value, list | tuple) else [value])):
            if self.takes_tokens:
                return
            raise OptionError(
                f"{name} must be {self.allowed}, and known at synthesis, as resources depend on it,"
                f" got the CDK token {value!r}"
            )
        raise OptionError(f"{name} must be {self.allowed}, got {value!r}")


def _is_token(value: Any) -> bool:
    cdk = sys.modules.get("aws_cdk")  # Without the CDK there are no tokens.
    can_be = (
        isinstance(value, str)
        or (isinstance(value, int | float) and isfinite(value))
        or hasattr(value, "resolve")
    )
    return cdk is not None and can_be and bool(cdk.Token.is_unresolved(value))


def one_of(literal: Any) -> Rule:
    """Return the rule of the values of a `Literal`."""
    values = get_args(literal)
    return Rule(" or ".join(map(repr, values)), lambda value: value in values)


def one_of_or(literal: Any, construct: str, attribute: str) -> Rule:
    """Return the rule of the values of a `Literal`, and of constructs that have an attribute."""
    rule = one_of(literal)
    return Rule(
        f"{rule.allowed}, or in Python {construct}",
        lambda value: rule.accepts(value) or hasattr(value, attribute),
    )


def number_rule(
    kind: type[int] | type[float], minimum: float, allowed: str, *, takes_tokens: bool = False
) -> Rule:
    """Return the rule of numbers from `minimum`."""
    return Rule(
        allowed,
        lambda value: (
            not isinstance(value, bool)
            and isinstance(value, int | kind)
            and minimum <= value < float("inf")
        ),
        kind,
        takes_tokens,
    )


def text_rule(
    allowed: str, pattern: str, *, is_optional: bool = False, takes_tokens: bool = False
) -> Rule:
    """Return the rule of texts that match a pattern, or None if they are optional."""
    return Rule(
        allowed,
        lambda value: (
            (is_optional and value is None)
            or (isinstance(value, str) and re.fullmatch(pattern, value) is not None)
        ),
        takes_tokens=takes_tokens,
    )


def construct_rule(allowed: str, attribute: str) -> Rule:
    """Return the rule of constructs that have an attribute, without an import of the CDK."""
    return Rule(allowed, lambda value: value is None or hasattr(value, attribute), None)


BOOLEAN = Rule(
    "true or false",
    lambda value: isinstance(value, bool),
    {"true": True, "false": False}.__getitem__,
)
CALLER = r"[0-9]{12}|arn:[a-z-]+:iam::[0-9]{12}:(root|(user|role)/[A-Za-z0-9_+=,.@/-]+)"
ACCESS_LOGS = Rule(
    "true or false, or in Python an ILogGroup",
    lambda value: isinstance(value, bool) or hasattr(value, "log_group_name"),
    BOOLEAN.parse,
)
TOPIC = construct_rule("an ITopic, such as Topic.from_topic_arn(…)", "topic_arn")
TOPIC_ARN = text_rule(
    "the ARN of a topic, such as arn:aws:sns:us-east-1:111122223333:Alarms",
    r"arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+",
    is_optional=True,
)
ENCRYPTION_KEY = construct_rule("an IKey, such as Key.from_key_arn(…)", "key_arn")
ENCRYPTION_KEY_ARN = text_rule(
    "the ARN of a key, such as arn:aws:kms:us-east-1:111122223333:key/1234abcd-…",
    r"arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+",
    is_optional=True,
)
TABLE_NAME = text_rule(
    "the name of a table in the account and Region", "[A-Za-z0-9_.-]{3,255}", is_optional=True
)
# As a browser sends an origin, or an app with a scheme of its own: in lower case, and without the
# default port of the scheme.
ORIGIN = text_rule(
    "'*' or an origin such as 'https://app.example.com'",
    r"\*|(?!http:.*:80$|https:.*:443$|(file|ftp|wss?):)"
    r"[a-z][a-z0-9+.-]*://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?",
    is_optional=True,
    takes_tokens=True,
)
EMAIL = text_rule("an e-mail address", r"[^@\s]+@[^@\s]+", is_optional=True, takes_tokens=True)
STACK_NAME = text_rule(
    "a letter, then letters, digits and hyphens, at most 128 in all", "[A-Za-z][A-Za-z0-9-]{0,127}"
)
SECURITY_POLICY = Rule(
    f"one of {', '.join(SECURITY_POLICIES)}",
    lambda value: value is None or value in SECURITY_POLICIES,
    takes_tokens=True,
)
CALLERS = Rule(
    "account ids and ARNs of IAM such as 111122223333, separated by commas",
    lambda value: (
        isinstance(value, list | tuple)
        and all(isinstance(each, str) and re.fullmatch(CALLER, each) for each in value)
    ),
    lambda text: tuple(each.strip() for each in text.split(",")),
)
VPC_ENDPOINTS = Rule(
    "a list of different IVpcEndpoints, such as [vpc.add_interface_endpoint(…)]",
    lambda value: (
        isinstance(value, list | tuple)
        and all(hasattr(each, "vpc_endpoint_id") for each in value)
        and len({each.vpc_endpoint_id for each in value}) == len(value)
    ),
    None,
)
VPC_ENDPOINT_IDS = Rule(
    "different ids of interface endpoints such as vpce-0123456789abcdef0, separated by commas",
    lambda value: (
        isinstance(value, list | tuple)
        and all(isinstance(each, str) and re.fullmatch("vpce-[0-9a-f]+", each) for each in value)
        and len(set(value)) == len(value)
    ),
    lambda text: tuple(each.strip() for each in text.split(",")),
)
REGION = Rule(
    f"one of {', '.join(MRSC_REGIONS)}", lambda value: value is None or value in MRSC_REGIONS
)
REPLICAS = Rule(
    f"one or two of {', '.join(MRSC_REGIONS)}, separated by a comma",
    lambda value: (
        isinstance(value, list | tuple) and all(region in MRSC_REGIONS for region in value)
    ),
    lambda text: tuple(region.strip() for region in text.split(",")),
)
