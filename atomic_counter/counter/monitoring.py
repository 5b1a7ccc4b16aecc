"""The dashboard and the alarms: whether the counter is up, fast or throttled, and near a limit.

They use only metrics that AWS provides at no cost: those of API Gateway for an API and stage, and
those of DynamoDB for a table.
"""

from collections.abc import Sequence
from typing import Any

import cdk_monitoring_constructs as monitoring
from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from atomic_counter.counter.alarm_topic import add_alarm_topic
from atomic_counter.counter.operations import operations
from atomic_counter.options import CounterOptions

FAULT_RATE = 0.01
LATENCY_MILLIS = 500
THROTTLE_SHARE = 0.8
PERIODS, PERIODS_TO_ALARM, PERIOD_SECONDS = 3, 2, 300
# DynamoDB's limits in writes per second: of a partition, and so a key; of a new on-demand table.
KEY_WRITES, TABLE_WRITES = 1000, 4000


def add_monitoring(
    scope: Construct,
    api: apigateway.RestApi,
    table: dynamodb.ITable,
    options: CounterOptions,
) -> cloudwatch.Dashboard:
    """Add the dashboard and the alarms of a counter, and return the dashboard.

    An alarm goes off when two of three periods of five minutes breach its threshold: more than 1 %
    of the requests with a 5xx, a 99th percentile of the latency above 500 ms, more than 80 % of the
    requests that the stage's throttle accepts, or a write that DynamoDB throttled. The stage's
    throttle has no metric of its own, so its alarm watches the requests, of all methods together.
    """
    monitoring_scope = Construct(scope, "Monitoring")
    throttle_rate = options.throttle_rate
    actions = sorted({operation.action for operation in operations(options)})
    facade = _facade(monitoring_scope, options)
    _monitor_api(facade, api, throttle_rate)
    _monitor_table(facade, table)
    _add_row(facade, _limits_widget(table, throttle_rate), _hot_key_widget(table))
    _add_row(
        facade,
        _operations_widget(table, actions, "How fast is DynamoDB?", "SuccessfulRequestLatency"),
        _operations_widget(table, actions, "Does DynamoDB fail?", "SystemErrors"),
    )
    _leave_names_to_cloudformation(monitoring_scope)
    _ignore_latency_of_few_requests(monitoring_scope, api)
    dashboard = facade.created_dashboard()
    assert dashboard
    return dashboard


def _facade(scope: Construct, options: CounterOptions) -> monitoring.MonitoringFacade:
    topic = options.alarm_topic
    if options.alarm_email:
        topic = add_alarm_topic(scope, options.alarm_email, options.encryption_key)
    action = topic and monitoring.SnsAlarmActionStrategy(on_alarm_topic=topic, on_ok_topic=topic)
    return monitoring.MonitoringFacade(
        scope,
        "Facade",
        alarm_factory_defaults=monitoring.AlarmFactoryDefaults(
            alarm_name_prefix="Counter",
            actions_enabled=True,
            action=action,
            evaluation_periods=PERIODS,
            datapoints_to_alarm=PERIODS_TO_ALARM,
        ),
        dashboard_factory=monitoring.DefaultDashboardFactory(
            scope, "Dashboards", dashboard_name_prefix="Counter"
        ),
    )


def _monitor_api(
    facade: monitoring.MonitoringFacade, api: apigateway.RestApi, throttle_rate: float
) -> None:
    facade.monitor_api_gateway(
        api=api,
        human_readable_name="The API: is it up, is it fast?",
        alarm_friendly_name="Api",
        add5_xx_fault_rate_alarm={
            "Faults": monitoring.ErrorRateThreshold(
                max_error_rate=FAULT_RATE,
                alarm_description_override=f"More than {FAULT_RATE:.0%} of the requests got a 5xx.",
            )
        },
        add_latency_p99_alarm={
            "Latency": monitoring.LatencyThreshold(
                max_latency=Duration.millis(LATENCY_MILLIS),
                alarm_description_override="The slowest hundredth of the requests takes more"
                f" than {LATENCY_MILLIS} ms.",
            )
        },
        add_high_tps_alarm={
            "Throttle": monitoring.HighTpsThreshold(
                max_tps=THROTTLE_SHARE * throttle_rate,
                alarm_description_override=f"Requests have come to {THROTTLE_SHARE:.0%} of the"
                " stage's throttle; beyond it they get a 429. Raise throttleRate, or use blocks.",
                treat_missing_data_override=cloudwatch.TreatMissingData.NOT_BREACHING,
            )
        },
    )


def _monitor_table(facade: monitoring.MonitoringFacade, table: dynamodb.ITable) -> None:
    facade.monitor_dynamo_table(
        table=table,
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        # Its widgets show operations that no counter calls, and link to one partition's console.
        add_to_detail_dashboard=False,
        alarm_friendly_name="Table",
        add_write_throttled_events_count_alarm={
            "Writes": monitoring.ThrottledEventsThreshold(
                max_throttled_events_threshold=0,
                alarm_description_override="DynamoDB throttled writes, most likely of one key:"
                f" it takes {KEY_WRITES} a second. If the dashboard shows key range throttles, too,"
                " it is one key: use blocks. Otherwise it is the table: wait, or pre-warm it.",
            )
        },
    )


def _add_row(facade: monitoring.MonitoringFacade, *widgets: cloudwatch.IWidget) -> None:
    row: Any = cloudwatch.Row(*widgets)  # Its types lack a member that it has.
    facade.add_widget(row)


def _limits_widget(table: dynamodb.ITable, throttle_rate: float) -> cloudwatch.GraphWidget:
    writes = cloudwatch.MathExpression(
        expression="writes / PERIOD(writes)",
        using_metrics={"writes": table.metric_consumed_write_capacity_units(statistic="Sum")},
        label="Writes a second",
    )
    return cloudwatch.GraphWidget(
        title="Which limit is near?",
        width=12,
        left=[writes],
        left_y_axis=cloudwatch.YAxisProps(min=0, show_units=False),
        left_annotations=[
            cloudwatch.HorizontalAnnotation(value=value, label=label)
            for value, label in (
                (KEY_WRITES, "one key"),
                (TABLE_WRITES, "a new table"),
                (throttle_rate, "the stage's throttle"),
            )
        ],
    )


def _hot_key_widget(table: dynamodb.ITable) -> cloudwatch.GraphWidget:
    """Return the throttled writes, and those of them that are of one hot key.

    Source: "DynamoDB metrics and dimensions", `WriteKeyRangeThroughputThrottleEvents`.
    """
    throttled = {"WriteThrottleEvents": "Throttled writes"}
    hot = {"WriteKeyRangeThroughputThrottleEvents": "Key range throttles"}
    return cloudwatch.GraphWidget(
        title="Is one key too hot?",
        width=12,
        left=[
            table.metric(name, statistic="Sum", label=label)
            for name, label in {**throttled, **hot}.items()
        ],
        left_y_axis=cloudwatch.YAxisProps(min=0, show_units=False),
    )


def _operations_widget(
    table: dynamodb.ITable, actions: Sequence[str], title: str, metric: str
) -> cloudwatch.GraphWidget:
    """Return the metric of each operation that the counter calls."""
    return cloudwatch.GraphWidget(
        title=title,
        width=12,
        left=[
            table.metric(
                metric,
                dimensions_map={"TableName": table.table_name, "Operation": action},
                label=action,
            )
            for action in actions
        ],
        left_y_axis=cloudwatch.YAxisProps(min=0, show_units=False),
    )


def _leave_names_to_cloudformation(scope: Construct) -> None:
    """Remove fixed names, which would prevent a second copy of the stack in the account."""
    for child in scope.node.find_all():
        if isinstance(child, cloudwatch.CfnAlarm):
            child.alarm_name = None
        if isinstance(child, cloudwatch.CfnDashboard):
            child.dashboard_name = None


def _ignore_latency_of_few_requests(scope: Construct, api: apigateway.RestApi) -> None:
    """Let the alarm of a percentile wait for enough requests, which cdk-monitoring can't set.

    AWS documents it for an alarm on a metric, not for one on a list of metrics, which the CDK makes
    of a metric with a label.
    """
    dimensions = {"ApiName": api.rest_api_name, "Stage": api.deployment_stage.stage_name}
    for child in scope.node.find_all():
        if isinstance(child, cloudwatch.CfnAlarm) and "Latency-P99" in child.node.path:
            child.metrics = None
            child.namespace, child.metric_name = "AWS/ApiGateway", "Latency"
            child.dimensions = [
                cloudwatch.CfnAlarm.DimensionProperty(name=name, value=value)
                for name, value in dimensions.items()
            ]
            child.period, child.extended_statistic = PERIOD_SECONDS, "p99"
            child.evaluate_low_sample_count_percentile = "ignore"
