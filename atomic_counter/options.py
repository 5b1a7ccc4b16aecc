"""The options of a counter: one dataclass, read and checked in one place."""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, get_args

Keys = Literal["open", "registered"]
Authorization = Literal["none", "api-key", "iam"]

API_NAME = "Atomic Count API"
# What is the app's, and no argument of the construct.
OF_THE_APP = ("stack_name", "region")
# Where a global table can be strongly consistent, in any three together:
# https://aws.amazon.com/about-aws/whats-new/2026/09/dynamodb-mrsc-additional-regions/
REGIONS = (
    *("us-east-1", "us-east-2", "us-west-2", "ca-central-1"),
    *("eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1", "eu-north-1", "eu-south-2"),
    *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1"),
)
TOGETHER = 3


class OptionError(ValueError):
    """An option is unknown or has a wrong value; says what was got and what is allowed."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a counter is to be.

    Attributes:
        keys: `open`: a new key starts at 1 on its first use. `registered`: only keys that are in
            the table count; another one answers 404 and creates nothing. Default: `open`.
        authorization: `none`: whoever knows the URL may count. `api-key`: requests need the
            header `x-api-key` with the key that the stack creates. `iam`: requests must be
            signed by a principal with `execute-api:Invoke`. Default: `none`.
        throttle_rate: Requests per second that the stage lets through to each method, as far as
            API Gateway manages. Default: 1000.
        throttle_burst: Requests that it lets through at once. Default: 2000.
        ephemeral: The table goes with the stack, for trials and tests; otherwise it is protected
            from deletion, retained, and backed up for point-in-time recovery. Default: False.
        access_logs: Each request is a line of JSON in CloudWatch Logs. Needs the account's
            CloudWatch role for API Gateway, which the stack leaves alone. Default: False.
        monitoring: There are a dashboard and alarms, on metrics that cost nothing. Default: True.
        tracing: Requests are traced with X-Ray. Default: False.
        alarm_email: An address that alarms are sent to, once it has confirmed that it wants them.
            Default: None.
        allow_origin: `*`, or an origin such as `https://app.example.com`, whose web pages may
            ask (CORS): every answer says so, and `OPTIONS` is answered. Default: None.
        stack_name: The stack's name, for a second copy in an account and Region; an option of the
            app. Default: `TheDynamodbAtomicCounterStack`.
        region: The first Region of a counter that outlives a Region; an option of the app. The
            construct takes that of its stack. Default: None, the counter is in one Region alone.
        replicas: One or two more Regions that serve the same numbers. Default: none.
        witness: A third Region beside one replica, which agrees to each write and serves nothing.
            Default: None.

    Raises:
        OptionError: A value is not one of those, `alarm_email` is there without `monitoring`, or
            `region`, `replicas` and `witness` are not three Regions together.
    """

    keys: Keys = "open"
    authorization: Authorization = "none"
    throttle_rate: float = 1000
    throttle_burst: int = 2000
    ephemeral: bool = False
    access_logs: bool = False
    monitoring: bool = True
    tracing: bool = False
    alarm_email: str | None = None
    allow_origin: str | None = None
    stack_name: str = "TheDynamodbAtomicCounterStack"
    region: str | None = None
    replicas: Sequence[str] = ()
    witness: str | None = None

    def __post_init__(self) -> None:
        for name, rule in RULES.items():
            rule.check(name, getattr(self, name))
        if self.alarm_email and not self.monitoring:
            raise OptionError("alarm_email needs monitoring: without it there are no alarms")
        if self.region or self.replicas or self.witness:
            self._check_regions()

    @classmethod
    def from_context(cls, context: Mapping[str, Any]) -> "Options":
        """Read the options from CDK context, where each has its name in camel case.

        Values may be strings, as `-c name=value` gives them. Names with `:` or `/` in them are
        the CDK's own and are left alone.

        Raises:
            OptionError: A name is not known, or a value is wrong.
        """
        names = {_camel(field.name): field.name for field in fields(cls)}
        given = {name: value for name, value in context.items() if not set(":/") & set(name)}
        for name in given.keys() - names.keys():
            raise OptionError(_unknown(name, list(names)))
        return cls(
            **{names[name]: RULES[names[name]].read(name, value) for name, value in given.items()}
        )

    @property
    def api_name(self) -> str:
        """The API's name, by which CloudWatch tells it from that of another copy of the stack."""
        is_another = self.stack_name != Options.stack_name
        return f"{API_NAME} {self.stack_name}" if is_another else API_NAME

    def of_the_construct(self) -> dict[str, Any]:
        """The options that are arguments of `AtomicCounter`."""
        return {name: value for name, value in asdict(self).items() if name not in OF_THE_APP}

    def in_one_region(self) -> "Options":
        """The same options for a counter that is in one Region, or is a replica of another."""
        return replace(self, region=None, replicas=(), witness=None)

    def stack_name_in(self, region: str) -> str:
        """The name of the stack with the replica in that Region."""
        return f"{self.stack_name}-{region}"

    def _check_regions(self) -> None:
        witness = [self.witness] if self.witness else []
        regions = [self.region, *self.replicas, *witness]
        if not (self.region and self.replicas and len(regions) == len(set(regions)) == TOGETHER):
            raise OptionError(
                "region, replicas and witness must be three Regions together, such as region"
                " us-east-1, replicas us-east-2, witness us-west-2, or two replicas and no witness;"
                f" got region {self.region or 'none'}, replicas"
                f" {', '.join(self.replicas) or 'none'}, witness {self.witness or 'none'}"
            )
        for replica in self.replicas:
            RULES["stack_name"].check("stack_name", self.stack_name_in(replica))


@dataclass(frozen=True)
class Rule:
    """What values an option may have, and how it is written in CDK context."""

    allowed: str
    holds: Callable[[Any], bool]
    parse: Callable[[str], Any] = str

    def read(self, name: str, value: Any) -> Any:
        try:
            parsed = self.parse(value) if isinstance(value, str) else value
        except (KeyError, ValueError):
            parsed = value
        self.check(name, parsed)
        return parsed

    def check(self, name: str, value: Any) -> None:
        if not self.holds(value):
            raise OptionError(f"{name} must be {self.allowed}, got {value!r}")


def _one_of(literal: Any) -> Rule:
    values = get_args(literal)
    return Rule(" or ".join(map(repr, values)), lambda value: value in values)


def _number(kind: type[int] | type[float], minimum: float, allowed: str) -> Rule:
    return Rule(
        allowed,
        lambda value: (
            not isinstance(value, bool)
            and isinstance(value, int | kind)
            and minimum <= value < float("inf")
        ),
        kind,
    )


TRUTH = Rule(
    "true or false",
    lambda value: isinstance(value, bool),
    {"true": True, "false": False}.__getitem__,
)


def _is_address_or_none(value: Any) -> bool:
    return value is None or (
        isinstance(value, str) and re.fullmatch(r"[^@\s]+@[^@\s]+", value) is not None
    )


def _is_origin_or_none(value: Any) -> bool:
    """As a browser sends it: in lower case, and without the port that the scheme implies."""
    if value is None or value == "*":
        return True
    pattern = r"https?://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?"
    return (
        isinstance(value, str)
        and re.fullmatch(pattern, value) is not None
        and re.search(r"^http:.*:80$|^https:.*:443$", value) is None
    )


def _is_stack_name(value: Any) -> bool:
    return (
        isinstance(value, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,127}", value) is not None
    )


def _is_region_or_none(value: Any) -> bool:
    return value is None or value in REGIONS


A_REGION = Rule(f"one of {', '.join(REGIONS)}", _is_region_or_none)


def _are_regions(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(region in REGIONS for region in value)


RULES: Mapping[str, Rule] = {
    "keys": _one_of(Keys),
    "authorization": _one_of(Authorization),
    "throttle_rate": _number(float, 0.1, "a number of requests per second, at least 0.1"),
    "throttle_burst": _number(int, 1, "a whole number of requests, at least 1"),
    "ephemeral": TRUTH,
    "access_logs": TRUTH,
    "monitoring": TRUTH,
    "tracing": TRUTH,
    "alarm_email": Rule("an e-mail address", _is_address_or_none),
    "allow_origin": Rule("'*' or an origin such as 'https://app.example.com'", _is_origin_or_none),
    "stack_name": Rule(
        "a letter, then letters, digits and hyphens, 128 in all at most", _is_stack_name
    ),
    "region": A_REGION,
    "replicas": Rule(
        f"one or two of {', '.join(REGIONS)}, with a comma between",
        _are_regions,
        lambda text: tuple(region.strip() for region in text.split(",")),
    ),
    "witness": A_REGION,
}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _unknown(name: str, names: list[str]) -> str:
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"unknown option {name}: the options are {', '.join(names)}{hint}"
