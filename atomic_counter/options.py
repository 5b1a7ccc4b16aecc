"""The options of a counter: one dataclass, read and checked in one place."""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

Keys = Literal["open", "registered"]
Authorization = Literal["none", "api-key", "iam"]

API_NAME = "Atomic Count API"
# What is the app's, and no argument of the construct.
OF_THE_APP = ("stack_name",)


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

    Raises:
        OptionError: A value is not one of those, or `alarm_email` is there without `monitoring`.
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

    def __post_init__(self) -> None:
        for name, rule in RULES.items():
            rule.check(name, getattr(self, name))
        if self.alarm_email and not self.monitoring:
            raise OptionError("alarm_email needs monitoring: without it there are no alarms")

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
}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _unknown(name: str, names: list[str]) -> str:
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"unknown option {name}: the options are {', '.join(names)}{hint}"
