"""The dashboard and the alarms show what they should, from free metrics."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from aws_cdk.assertions import Template

from atomic_counter.options import AppOptions
from tests.synthesis import only, synthesize

ALARMS = {
    "5XXError": ("Average", 0.01),
    "Latency": ("p99", 500),
    "Count": ("Sum", 800),
    "WriteThrottleEvents": ("Sum", 0),
}
FREE_DIMENSIONS = {
    "AWS/ApiGateway": {"ApiName", "Stage"},
    "AWS/DynamoDB": {"TableName", "Operation"},
}


@pytest.fixture(scope="module")
def template() -> Template:
    return synthesize(AppOptions(alarm_email="ops@example.com"))


@pytest.fixture(scope="module")
def alarms(template: Template) -> dict[str, Any]:
    """The properties of the alarms by their metric."""
    found = template.find_resources("AWS::CloudWatch::Alarm").values()
    return {metric_of(alarm)["Metric"]["MetricName"]: alarm["Properties"] for alarm in found}


def metric_of(alarm: Mapping[str, Any]) -> Any:
    """Return the metric of an alarm, which is its own or the only one in its list."""
    own = alarm["Properties"]
    if "MetricName" in own:
        return {"Metric": own, "Period": own["Period"], "Stat": own["ExtendedStatistic"]}
    (metric,) = (m["MetricStat"] for m in alarm["Properties"]["Metrics"] if "MetricStat" in m)
    return metric


def dashboard(template: Template) -> Any:
    _, properties = only(template, "AWS::CloudWatch::Dashboard")
    parts = properties["DashboardBody"]["Fn::Join"][1]
    return json.loads("".join(part if isinstance(part, str) else part["Ref"] for part in parts))


def test_alarms_have_these_metrics_and_thresholds(template: Template) -> None:
    found = template.find_resources("AWS::CloudWatch::Alarm").values()
    assert {
        metric_of(alarm)["Metric"]["MetricName"]: (
            metric_of(alarm)["Stat"],
            alarm["Properties"]["Threshold"],
        )
        for alarm in found
    } == ALARMS


def test_alarm_goes_off_after_two_of_three_periods_of_five_minutes(template: Template) -> None:
    template.all_resources_properties(
        "AWS::CloudWatch::Alarm",
        {
            "ComparisonOperator": "GreaterThanThreshold",
            "EvaluationPeriods": 3,
            "DatapointsToAlarm": 2,
        },
    )
    for alarm in template.find_resources("AWS::CloudWatch::Alarm").values():
        assert metric_of(alarm)["Period"] == 300


def test_idle_counter_raises_no_alarm(template: Template) -> None:
    template.all_resources_properties(
        "AWS::CloudWatch::Alarm", {"TreatMissingData": "notBreaching"}
    )


def test_latency_of_few_requests_changes_no_alarm(alarms: dict[str, Any]) -> None:
    ignoring = {m for m, a in alarms.items() if a.get("EvaluateLowSampleCountPercentile")}
    assert ignoring == {"Latency"}
    assert alarms["Latency"]["EvaluateLowSampleCountPercentile"] == "ignore"


def test_dashboard_links_to_no_console_of_one_partition(template: Template) -> None:
    assert "console" not in json.dumps(dashboard(template))


def test_request_alarm_follows_the_throttle() -> None:
    template = synthesize(AppOptions(throttle_rate=50))
    template.has_resource_properties("AWS::CloudWatch::Alarm", {"Threshold": 40})


def test_alarm_describes_what_happened(alarms: dict[str, Any]) -> None:
    assert all(len(alarm["AlarmDescription"]) > 30 for alarm in alarms.values())
    assert alarms["5XXError"]["AlarmDescription"] == "More than 1% of the requests got a 5xx."


def test_alarms_use_only_free_metrics(template: Template) -> None:
    for alarm in template.find_resources("AWS::CloudWatch::Alarm").values():
        metric = metric_of(alarm)["Metric"]
        dimensions = {dimension["Name"] for dimension in metric["Dimensions"]}
        assert dimensions <= FREE_DIMENSIONS[metric["Namespace"]]


def test_dashboard_uses_only_free_metrics(template: Template) -> None:
    widgets = [w["properties"] for w in dashboard(template)["widgets"] if w["type"] == "metric"]
    shown = [metric for widget in widgets for metric in widget["metrics"] if len(metric) > 1]
    assert {metric[0] for metric in shown} == set(FREE_DIMENSIONS)
    for namespace, _, *dimensions, _ in shown:
        assert set(dimensions[::2]) <= FREE_DIMENSIONS[namespace]
    # The free tier of CloudWatch includes three dashboards of up to 50 metrics.
    assert len(shown) <= 50


def test_dashboard_shows_which_limit_is_near(template: Template) -> None:
    (limits,) = (
        w["properties"]
        for w in dashboard(template)["widgets"]
        if w["properties"].get("title") == "Which limit is near?"
    )
    lines = {line["label"]: line["value"] for line in limits["annotations"]["horizontal"]}
    assert lines == {"one key": 1000, "a new table": 4000, "the stage's throttle": 1000}


def test_dashboard_shows_a_hot_key_beside_the_throttled_writes(template: Template) -> None:
    (hot,) = (
        w["properties"]
        for w in dashboard(template)["widgets"]
        if w["properties"].get("title") == "Is one key too hot?"
    )
    shown = {metric[1] for metric in hot["metrics"]}
    assert shown == {"WriteThrottleEvents", "WriteKeyRangeThroughputThrottleEvents"}


@pytest.mark.parametrize("documents", [False, True])
def test_dashboard_shows_the_operations_that_the_counter_calls(documents: bool) -> None:
    called = {"GetItem", "TransactWriteItems" if documents else "UpdateItem"}
    found = dashboard(synthesize(AppOptions(documents=documents)))["widgets"]
    for title in ("How fast is DynamoDB?", "Does DynamoDB fail?"):
        (widget,) = (w["properties"] for w in found if w["properties"].get("title") == title)
        assert {metric[-1]["label"] for metric in widget["metrics"]} == called


def test_alarm_of_throttled_writes_says_what_to_look_at(alarms: dict[str, Any]) -> None:
    assert "key range throttles" in alarms["WriteThrottleEvents"]["AlarmDescription"]


def test_alarm_email_is_sent_when_an_alarm_starts_and_ends(template: Template) -> None:
    (topic,) = template.find_resources("AWS::SNS::Topic")
    template.has_resource_properties(
        "AWS::SNS::Subscription",
        {"Protocol": "email", "Endpoint": "ops@example.com", "TopicArn": {"Ref": topic}},
    )
    actions = {"AlarmActions": [{"Ref": topic}], "OKActions": [{"Ref": topic}]}
    template.all_resources_properties("AWS::CloudWatch::Alarm", actions)


def test_only_alarms_of_this_account_can_publish_and_only_over_tls(template: Template) -> None:
    _, policy = only(template, "AWS::SNS::TopicPolicy")
    allow, deny = sorted(policy["PolicyDocument"]["Statement"], key=lambda s: s["Effect"])
    assert (allow["Action"], deny["Action"]) == ("sns:Publish", "sns:Publish")
    assert allow["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allow["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_without_alarm_email_there_is_no_topic() -> None:
    synthesize(AppOptions()).resource_count_is("AWS::SNS::Topic", 0)
