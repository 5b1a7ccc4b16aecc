"""The options of a counter: each with its rule and its default in one place."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Annotated, Any, Literal, get_type_hints

from atomic_counter.option_rules import (
    ACCESS_LOGS,
    BOOLEAN,
    CALLERS,
    EMAIL,
    ENCRYPTION_KEY,
    ENCRYPTION_KEY_ARN,
    MRSC_REGION_COUNT,
    MRSC_REGIONS,
    ORIGIN,
    REGION,
    REPLICAS,
    SECURITY_POLICY,
    STACK_NAME,
    TABLE_NAME,
    TOPIC,
    TOPIC_ARN,
    VPC_ENDPOINT_IDS,
    VPC_ENDPOINTS,
    OptionError,
    Rule,
    number_rule,
    one_of,
    one_of_or,
)

__all__ = [
    "MRSC_REGIONS",
    "AppOptions",
    "Authorization",
    "CounterOptions",
    "Keys",
    "OptionError",
]

Keys = Literal["open", "registered"]
Authorization = Literal["none", "api-key", "iam"]
AUTHORIZATION = one_of_or(Authorization, "an IAuthorizer", "authorizer_id")

# `cdk acknowledge` and `cdk cli-telemetry` write them, also into ~/.cdk.json.
NAMES_OF_THE_CLI = {"acknowledged-issue-numbers", "cli-telemetry"}
# The options that are resources of one Region.
OF_ONE_REGION = ("alarm_topic_arn", "encryption_key_arn", "table_name", "vpc_endpoints")
API_NAME = "Atomic Count API"


@dataclass(frozen=True, kw_only=True)
class CounterOptions:
    """The options of the construct `AtomicCounter`.

    The construct's docstring describes each, under the argument of the same name.

    Raises:
        OptionError: A value isn't allowed, or two of them can't be combined.
    """

    keys: Annotated[Keys, one_of(Keys)] = "open"
    documents: Annotated[bool, BOOLEAN] = False
    authorization: Annotated[Any, AUTHORIZATION] = "none"
    callers: Annotated[Sequence[str], CALLERS] = ()
    throttle_rate: Annotated[
        float, number_rule(float, 0.1, "a number of requests per second, at least 0.1")
    ] = 1000
    throttle_burst: Annotated[
        int, number_rule(int, 1, "a whole number of requests, at least 1", takes_tokens=True)
    ] = 2000
    ephemeral: Annotated[bool, BOOLEAN] = False
    access_logs: Annotated[Any, ACCESS_LOGS] = False
    monitoring: Annotated[bool, BOOLEAN] = True
    tracing: Annotated[bool, BOOLEAN] = False
    alarm_email: Annotated[str | None, EMAIL] = None
    alarm_topic: Annotated[Any, TOPIC] = None
    encryption_key: Annotated[Any, ENCRYPTION_KEY] = None
    vpc_endpoints: Annotated[Sequence[Any], VPC_ENDPOINTS] = ()
    allow_origin: Annotated[str | None, ORIGIN] = None
    security_policy: Annotated[str | None, SECURITY_POLICY] = None
    replicas: Annotated[Sequence[str], REPLICAS] = ()
    witness: Annotated[str | None, REGION] = None

    def __post_init__(self) -> None:
        for name, rule in _rules(type(self)).items():
            rule.check(name, getattr(self, name))
        for name in ("alarm_email", "alarm_topic"):
            if getattr(self, name) and not self.monitoring:
                raise OptionError(
                    f"{name} needs monitoring: without monitoring there are no alarms"
                )
        if self.alarm_email and self.alarm_topic:
            raise OptionError(
                "alarm_topic can't be combined with alarm_email: subscribe the address to the topic"
            )
        if self.encryption_key and self.replicas:
            raise OptionError(
                "encryption_key can't be combined with replicas: a global table needs a key in each"
                " of its Regions; encrypt a table of your own, and give it as table"
            )
        if self.callers and self.authorization != "iam":
            raise OptionError(
                "callers need authorization 'iam': without a signature nobody knows who calls; got"
                f" {self.authorization!r}"
            )
        if self.documents and self.replicas:
            raise OptionError(
                "documents can't be combined with replicas: a document's number needs a"
                " transaction, and a table in several Regions has none; remove one of them"
            )

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, Any]) -> "CounterOptions":
        """Return the options among the arguments of the construct."""
        return cls(**{field.name: arguments[field.name] for field in fields(cls)})

    def check_regions(self, region: str | None) -> None:
        """Check that the counter is in one Region, or in exactly three different ones.

        Args:
            region: The first Region.

        Raises:
            OptionError: It isn't.
        """
        if not (region or self.replicas or self.witness):
            return
        witness = [self.witness] if self.witness else []
        regions = {region, *self.replicas, *witness}
        count = 1 + len(self.replicas) + len(witness)
        if not (region and self.replicas and len(regions) == count == MRSC_REGION_COUNT):
            raise OptionError(
                "region, replicas and witness must be three different Regions, such as region"
                " us-east-1, replicas us-east-2, witness us-west-2, or two replicas and no witness;"
                f" got region {region or 'none'}, replicas {', '.join(self.replicas) or 'none'},"
                f" witness {self.witness or 'none'}"
            )


@dataclass(frozen=True, kw_only=True)
class AppOptions(CounterOptions):
    """The options of the CDK app: those of the construct, and those of its stacks.

    Raises:
        OptionError: As for `CounterOptions`, or `region`, `replicas` and `witness` aren't three
            different Regions.
    """

    stack_name: Annotated[str, STACK_NAME] = "TheDynamodbAtomicCounterStack"
    """The stack's name, for a second copy in an account and Region."""

    alarm_topic_arn: Annotated[str | None, TOPIC_ARN] = None
    """The topic that alarms are sent to, for the construct's `alarm_topic`."""

    vpc_endpoints: Annotated[Sequence[str], VPC_ENDPOINT_IDS] = ()
    """The ids of the interface endpoints, for the construct's `vpc_endpoints`."""

    encryption_key_arn: Annotated[str | None, ENCRYPTION_KEY_ARN] = None
    """The customer managed key, for the construct's `encryption_key`."""

    table_name: Annotated[str | None, TABLE_NAME] = None
    """An existing table to count in, for the construct's `table`."""

    region: Annotated[str | None, REGION] = None
    """The first Region of a counter with `replicas`. The construct uses its stack's Region."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_regions(self.region)
        if self.table_name and self.ephemeral:
            raise OptionError(
                "table_name can't be combined with ephemeral: an existing table isn't deleted"
            )
        for name in OF_ONE_REGION:
            if getattr(self, name) and self.replicas:
                raise OptionError(
                    f"{name} can't be combined with replicas: each Region needs its own; use the"
                    " construct in stacks of your own"
                )
        for replica in self.replicas:
            STACK_NAME.check("stack_name", self.replica_stack_name(replica))

    @classmethod
    def from_context(cls, context: Mapping[str, Any]) -> "AppOptions":
        """Read the options from CDK context, where each has its name in camel case.

        Args:
            context: Names and values. A value may be a string, as `-c name=value` gives it. A name
                that contains `:` or `/`, or that the CDK CLI itself writes, is ignored.

        Raises:
            OptionError: A name is unknown, or a value isn't allowed.
        """
        rules = _rules(cls)
        names = {_camel_case(name): name for name, rule in rules.items() if rule.parse}
        given = {name: value for name, value in context.items() if not _is_of_the_cdk(name)}
        for name in given.keys() - names.keys():
            raise OptionError(_unknown(name, list(names)))
        return cls(
            **{names[name]: rules[names[name]].read(name, value) for name, value in given.items()}
        )

    @property
    def api_name(self) -> str:
        """The API's name, which tells the metrics of two copies of the stack apart."""
        is_second_copy = self.stack_name != AppOptions.stack_name
        return f"{API_NAME} {self.stack_name}" if is_second_copy else API_NAME

    @property
    def construct_arguments(self) -> dict[str, Any]:
        """The arguments of `AtomicCounter`."""
        return {field.name: getattr(self, field.name) for field in fields(CounterOptions)}

    def without_replicas(self) -> "AppOptions":
        """Return the options for the stack of one Region."""
        return replace(self, region=None, replicas=(), witness=None)

    def replica_stack_name(self, region: str) -> str:
        """Return the name of the stack that serves the replica in `region`."""
        return f"{self.stack_name}-{region}"


def _rules(options: type[CounterOptions]) -> dict[str, Rule]:
    hints = get_type_hints(options, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items()}


def _is_of_the_cdk(name: str) -> bool:
    return bool(set(":/") & set(name)) or name in NAMES_OF_THE_CLI


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _unknown(name: str, names: list[str]) -> str:
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"unknown option {name}: the options are {', '.join(names)}{hint}"
