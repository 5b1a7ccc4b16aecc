"""The options are read and checked in one place."""

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from atomic_counter.counter import AtomicCounter
from atomic_counter.options import AppOptions, OptionError
from tests.conftest import CDK_CONTEXT
from tests.linting import lint

ROLE = "arn:aws:iam::444455556666:role/a/Billing"
TOPIC_ARN = "arn:aws:sns:us-east-1:111122223333:Alarms"
KEY_ARN = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab"
TLS = "SecurityPolicy_TLS13_1_2_2021_06"


def test_options_have_defaults_without_context() -> None:
    assert AppOptions.from_context({}) == AppOptions(
        keys="open",
        documents=False,
        authorization="none",
        callers=(),
        throttle_rate=1000,
        throttle_burst=2000,
        ephemeral=False,
        access_logs=False,
        monitoring=True,
        tracing=False,
        alarm_email=None,
        alarm_topic=None,
        allow_origin=None,
        security_policy=None,
        stack_name="TheDynamodbAtomicCounterStack",
        alarm_topic_arn=None,
        encryption_key=None,
        vpc_endpoints=(),
        encryption_key_arn=None,
        table_name=None,
        region=None,
        replicas=(),
        witness=None,
    )


@pytest.mark.parametrize(
    ("name", "value", "attribute", "read"),
    [
        ("keys", "registered", "keys", "registered"),
        ("documents", "true", "documents", True),
        ("authorization", "api-key", "authorization", "api-key"),
        ("authorization", "iam", "authorization", "iam"),
        ("throttleRate", "0.5", "throttle_rate", 0.5),
        ("throttleRate", 20, "throttle_rate", 20),
        ("throttleBurst", "30", "throttle_burst", 30),
        ("ephemeral", "true", "ephemeral", True),
        ("ephemeral", False, "ephemeral", False),
        ("accessLogs", "true", "access_logs", True),
        ("monitoring", "false", "monitoring", False),
        ("tracing", True, "tracing", True),
        ("alarmEmail", "ops@example.com", "alarm_email", "ops@example.com"),
        ("alarmTopicArn", TOPIC_ARN, "alarm_topic_arn", TOPIC_ARN),
        ("vpcEndpoints", "vpce-1, vpce-2", "vpc_endpoints", ("vpce-1", "vpce-2")),
        ("encryptionKeyArn", KEY_ARN, "encryption_key_arn", KEY_ARN),
        ("tableName", "a.B-c_1", "table_name", "a.B-c_1"),
        ("allowOrigin", "*", "allow_origin", "*"),
        ("allowOrigin", "https://app.example.com", "allow_origin", "https://app.example.com"),
        ("allowOrigin", "capacitor://localhost", "allow_origin", "capacitor://localhost"),
        ("allowOrigin", "http://localhost:3000", "allow_origin", "http://localhost:3000"),
        ("allowOrigin", "http://[::1]:3000", "allow_origin", "http://[::1]:3000"),
        ("stackName", "Trial-2", "stack_name", "Trial-2"),
        ("securityPolicy", TLS, "security_policy", TLS),
    ],
)
def test_value_is_read_from_the_command_line_or_json(
    name: str, value: Any, attribute: str, read: Any
) -> None:
    assert getattr(AppOptions.from_context({name: value}), attribute) == read


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("authorization", {"authorizer_id": 1}, "'none' or 'api-key' or 'iam', or in Python .*"),
        ("accessLogs", ["a"], "true or false, or in Python an ILogGroup"),
        ("keys", "shut", "'open' or 'registered'"),
        ("keys", True, "'open' or 'registered'"),
        ("authorization", "NONE", "'none' or 'api-key' or 'iam', or in Python an IAuthorizer"),
        ("throttleRate", "fast", "a number of requests per second, at least 0.1"),
        ("throttleRate", 0, "a number of requests per second, at least 0.1"),
        ("throttleRate", "nan", "a number of requests per second, at least 0.1"),
        ("throttleRate", "inf", "a number of requests per second, at least 0.1"),
        ("throttleBurst", "1.5", "a whole number of requests, at least 1"),
        ("throttleBurst", 1.5, "a whole number of requests, at least 1"),
        ("throttleBurst", True, "a whole number of requests, at least 1"),
        ("ephemeral", "yes", "true or false"),
        ("accessLogs", "on", "true or false, or in Python an ILogGroup"),
        ("monitoring", None, "true or false"),
        ("tracing", 1, "true or false"),
        ("alarmEmail", "ops", "an e-mail address"),
        ("alarmEmail", "", "an e-mail address"),
        ("alarmEmail", True, "an e-mail address"),
        *(
            ("alarmTopicArn", wrong, "the ARN of a topic, such as arn:aws:sns:.*")
            for wrong in ("", "Alarms", "arn:aws:sqs:us-east-1:111122223333:Alarms", 5)
        ),
        *(
            (
                "callers",
                wrong,
                "account ids and ARNs of IAM such as 111122223333, separated by .*",
            )
            for wrong in (
                "",
                "*",
                "1111",
                "billing",
                "1" * 13,
                [5],
                "arn:aws:iam::1:root",
                "\N{ARABIC-INDIC DIGIT ONE}" * 12,
                "arn:aws:iam::444455556666:a",
            )
        ),
        *(
            ("allowOrigin", wrong, r"'\*' or an origin such as 'https://app.example.com'")
            for wrong in (
                *("app.example.com", "https://app.example.com/", "https://App.example.com", ""),
                *(
                    "https://app.example.com:443",
                    "http://a:80",
                    "ftp://a",
                    "file://a",
                    "Capacitor://localhost",
                    "https://a b",
                    "https://a'",
                ),
                *("null", "https://a, https://b", "https://*.example.com", True),
            )
        ),
        *(
            (
                "vpcEndpoints",
                wrong,
                "different ids of interface endpoints such as vpce-.*, separated by .*",
            )
            for wrong in ("", "vpc-1", ["vpce-1", 5], {"vpce-1": 1}, True, "vpce-1,vpce-1")
        ),
        *(
            ("encryptionKeyArn", wrong, "the ARN of a key, such as arn:aws:kms:.*")
            for wrong in ("", "alias/a", "arn:aws:kms:us-east-1:111122223333:alias/a", 5)
        ),
        *(
            ("tableName", wrong, "the name of a table in the account and Region")
            for wrong in ("", "ab", "a b", "a" * 256, "arn:aws:dynamodb:us-east-1:1:table/a", 5)
        ),
        *(
            ("stackName", wrong, "a letter, then letters, digits and hyphens, at most 128 in all")
            for wrong in ("", "1a", "a_b", "a b", "a" * 129, "é", 5)
        ),
    ],
)
def test_wrong_value_is_reported_with_the_allowed_values(
    name: str, value: Any, allowed: str
) -> None:
    with pytest.raises(OptionError, match=rf"^{name} must be {allowed}, got "):
        AppOptions.from_context({name: value})


@pytest.mark.parametrize(("name", "meant"), [("throtleRate", "throttleRate"), ("Keys", "keys")])
def test_misspelled_option_gets_a_suggestion(name: str, meant: str) -> None:
    with pytest.raises(OptionError, match=rf"^unknown option {name}: .*; did you mean {meant}\?$"):
        AppOptions.from_context({name: 1})


def test_unknown_option_is_reported_with_the_existing_options() -> None:
    with pytest.raises(OptionError, match=r"^unknown option zzz: the options are keys, .*region$"):
        AppOptions.from_context({"zzz": 1})


def test_alarm_email_requires_monitoring() -> None:
    with pytest.raises(OptionError, match="alarm_email needs monitoring"):
        AppOptions(alarm_email="ops@example.com", monitoring=False)


def test_context_cant_have_constructs() -> None:
    with pytest.raises(OptionError, match=r"unknown option alarmTopic: .*mean alarmTopicArn\?"):
        AppOptions.from_context({"alarmTopic": TOPIC_ARN})


def test_callers_are_read_from_the_command_line_or_json() -> None:
    both = ("111122223333", ROLE)
    for callers in (", ".join(both), [*both]):
        options = AppOptions.from_context({"authorization": "iam", "callers": callers})
        assert tuple(options.callers) == both


@pytest.mark.parametrize("authorization", ["none", "api-key"])
def test_callers_without_signatures_are_refused(authorization: Any) -> None:
    with pytest.raises(OptionError, match="callers need authorization 'iam': "):
        AppOptions(callers=["111122223333"], authorization=authorization)


def test_documents_with_replicas_are_refused_with_the_reason() -> None:
    with pytest.raises(OptionError, match="a document's number needs a transaction"):
        AppOptions(documents=True, **TWO)


def test_existing_table_of_an_ephemeral_stack_is_refused() -> None:
    with pytest.raises(OptionError, match="table_name can't be combined with ephemeral: "):
        AppOptions(table_name="mine", ephemeral=True)


@pytest.mark.parametrize(
    "option",
    [
        {"table_name": "mine"},
        {"alarm_topic_arn": TOPIC_ARN},
        {"encryption_key_arn": KEY_ARN},
        {"vpc_endpoints": ["vpce-1"]},
    ],
)
def test_resource_of_one_region_with_replicas_is_refused(option: Any) -> None:
    (name,) = option
    with pytest.raises(OptionError, match=f"{name} can't be combined with replicas: "):
        AppOptions(**option, **TWO)


def test_context_of_the_cdk_is_ignored() -> None:
    assert AppOptions.from_context(CDK_CONTEXT | {"aws:cdk:x": 1}) == AppOptions()


def test_what_the_cli_writes_into_the_context_is_ignored_and_a_misspelling_is_not() -> None:
    written = {"acknowledged-issue-numbers": [34892], "cli-telemetry": False}
    assert AppOptions.from_context(written) == AppOptions()
    with pytest.raises(OptionError, match="unknown option cli-telemetri"):
        AppOptions.from_context({"cli-telemetri": False})


def test_construct_checks_its_arguments() -> None:
    with pytest.raises(OptionError, match=r"throttle_burst must be .*, got 0"):
        AtomicCounter(cdk.Stack(), "Counter", throttle_burst=0)


def test_values_that_decide_on_nothing_take_tokens() -> None:
    stack = cdk.Stack(cdk.App(context=CDK_CONTEXT), "Stack")
    text = cdk.CfnParameter(stack, "Text").value_as_string
    burst: Any = cdk.CfnParameter(stack, "Burst", type="Number", default=5).value_as_number
    options: dict[str, Any] = {"throttle_burst": burst, "alarm_email": text}
    AtomicCounter(stack, "Counter", allow_origin=f"https://{text}", **options)
    template = Template.from_stack(stack)
    template.has_resource_properties("AWS::SNS::Subscription", {"Endpoint": {"Ref": "Text"}})
    found = json.dumps(template.to_json())
    assert json.dumps({"Fn::Join": ["", ["'https://", {"Ref": "Text"}, "'"]]}) in found
    assert found.count('"ThrottlingBurstLimit": {"Ref": "Burst"}') == 4
    assert lint(template) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("keys", cdk.Aws.REGION),
        ("throttle_rate", cdk.Token.as_number({"Ref": "Rate"})),
        ("callers", [cdk.Aws.ACCOUNT_ID]),
        ("ephemeral", cdk.Token.as_any({"Ref": "A"})),
        ("authorization", cdk.Aws.REGION),
    ],
    ids=["keys", "rate", "callers", "ephemeral", "authorization"],
)
def test_token_where_resources_depend_on_the_value_is_refused(name: str, value: Any) -> None:
    reason = f"{name} must be .*, and known at synthesis, as resources depend on it, got the CDK"
    with pytest.raises(OptionError, match=reason):
        AtomicCounter(cdk.Stack(), "Counter", **{name: value})


TWO: dict[str, Any] = {"region": "us-east-1", "replicas": ["us-east-2"], "witness": "us-west-2"}
THREE: dict[str, Any] = {"region": "eu-west-1", "replicas": ["us-east-1", "ap-south-1"]}


@pytest.mark.parametrize(
    ("context", "output"),
    [
        ({"region": "us-west-1"}, "region must be one of us-east-1, .*, got 'us-west-1'"),
        ({"replicas": "mars-1"}, r"replicas must be one or two of us-east-1, .*got \('mars-1',\)"),
        ({"replicas": ""}, r"replicas must be one or two of us-east-1, .*got \('',\)"),
        ({"witness": "sa-east-1"}, "witness must be one of us-east-1, .*, got 'sa-east-1'"),
        ({"region": "us-east-1"}, "three .*; got region us-east-1, replicas none, witness none"),
        ({"replicas": "us-east-2"}, "three .*; got region none, replicas us-east-2, witness none"),
        ({"witness": "us-east-2"}, "three .*; got region none, replicas none, witness us-east-2"),
        ({"region": "us-east-1", "replicas": "us-east-2"}, "three .*, witness none"),
        ({**TWO, "replicas": "us-east-1"}, "three .*, replicas us-east-1, witness us-west-2"),
        ({**TWO, "witness": "us-east-2"}, "three .*, replicas us-east-2, witness us-east-2"),
        ({**THREE, "witness": "us-west-2"}, "three .*, witness us-west-2"),
        ({**TWO, "stackName": "A" * 120}, "stack_name must be .* 128 .*, got 'A+-us-east-2'"),
    ],
)
def test_anything_but_three_different_regions_is_refused(
    context: dict[str, Any], output: str
) -> None:
    with pytest.raises(OptionError, match=output):
        AppOptions.from_context(context)


def test_replicas_are_read_from_the_command_line_or_json() -> None:
    for replicas in ("us-east-1, ap-south-1", ["us-east-1", "ap-south-1"]):
        options = AppOptions.from_context({"region": "eu-west-1", "replicas": replicas})
        assert list(options.replicas) == THREE["replicas"]
