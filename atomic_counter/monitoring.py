"""Is it up, is it fast, is it throttled, which limit is near? A dashboard and alarms.

They use only metrics that AWS gives for nothing: those of API Gateway by API and stage, and those
of DynamoDB by table.
"""

import cdk_monitoring_constructs as monitoring
from aws_cdk import Duration, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

FAULTS = 0.01
LATENCY_MILLIS = 500
OF_THE_THROTTLE = 0.8
PERIODS, PERIODS_TO_ALARM = 3, 2
# DynamoDB's, in writes a second: one partition's, and so one key's; a new on-demand table's.
WRITES_OF_A_KEY, WRITES_OF_A_TABLE = 1000, 4000


class CounterMonitoring(Construct):
    """The dashboard and the alarms of one counter.

    An alarm goes off when two of three periods of five minutes break its threshold: more than 1 %
    of the requests answered with 5xx, a 99th percentile of the latency over 500 ms, more than 80 %
    of the requests that the stage's throttle lets through, or a write that DynamoDB throttled.
    The stage's throttle has no metric of its own, so it is watched by what comes near it.

    Args:
        scope: The construct that this one is part of.
        construct_id: Its name there.
        api: CloudWatch knows an API by its name: two of the same name in an account and Region
            share their metrics.
        table: The table that it counts in.
        throttle_rate: Requests per second that the stage lets through.
        alarm_email: Who is told when an alarm goes off and when it is over. Default: nobody.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        api: apigateway.RestApi,
        table: dynamodb.ITable,
        throttle_rate: float,
        alarm_email: str | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._table = table
        self._throttle_rate = throttle_rate
        facade = self._build_facade(alarm_email)
        self._watch_api(facade, api)
        self._watch_table(facade)
        facade.add_widget(self._build_limits())
        self._leave_names_to_cloudformation()

    def _build_facade(self, alarm_email: str | None) -> monitoring.MonitoringFacade:
        return monitoring.MonitoringFacade(
            self,
            "Facade",
            alarm_factory_defaults=monitoring.AlarmFactoryDefaults(
                alarm_name_prefix="Counter",
                actions_enabled=True,
                action=self._build_action(alarm_email) if alarm_email else None,
                evaluation_periods=PERIODS,
                datapoints_to_alarm=PERIODS_TO_ALARM,
            ),
            dashboard_factory=monitoring.DefaultDashboardFactory(
                self, "Dashboards", dashboard_name_prefix="Counter"
            ),
        )

    def _build_action(self, alarm_email: str) -> monitoring.IAlarmActionStrategy:
        topic = sns.Topic(self, "Alarms", enforce_ssl=True)
        # A topic with a policy, as TLS alone needs one, has no longer the one that lets alarms in.
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
        topic.add_subscription(subscriptions.EmailSubscription(alarm_email))
        return monitoring.SnsAlarmActionStrategy(on_alarm_topic=topic, on_ok_topic=topic)

    def _watch_api(self, facade: monitoring.MonitoringFacade, api: apigateway.RestApi) -> None:
        facade.monitor_api_gateway(
            api=api,
            human_readable_name="The API: is it up, is it fast?",
            alarm_friendly_name="Api",
            add5_xx_fault_rate_alarm={
                "Faults": monitoring.ErrorRateThreshold(
                    max_error_rate=FAULTS,
                    alarm_description_override=f"More than {FAULTS:.0%} of the requests got a 5xx.",
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
                    max_tps=OF_THE_THROTTLE * self._throttle_rate,
                    alarm_description_override=f"Requests have come to {OF_THE_THROTTLE:.0%} of the"
                    " stage's throttle; beyond it they get a 429. Raise throttleRate, or use"
                    " blocks.",
                    treat_missing_data_override=cloudwatch.TreatMissingData.NOT_BREACHING,
                )
            },
        )

    def _watch_table(self, facade: monitoring.MonitoringFacade) -> None:
        facade.monitor_dynamo_table(
            table=self._table,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            human_readable_name="The table: is it throttled?",
            alarm_friendly_name="Table",
            add_write_throttled_events_count_alarm={
                "Writes": monitoring.ThrottledEventsThreshold(
                    max_throttled_events_threshold=0,
                    alarm_description_override="DynamoDB throttled writes, most likely of one key:"
                    f" it takes {WRITES_OF_A_KEY} a second. Use blocks.",
                )
            },
        )

    def _build_limits(self) -> cloudwatch.GraphWidget:
        writes = cloudwatch.MathExpression(
            expression="writes / PERIOD(writes)",
            using_metrics={
                "writes": self._table.metric_consumed_write_capacity_units(statistic="Sum")
            },
            label="Writes a second",
        )
        return cloudwatch.GraphWidget(
            title="Which limit is near?",
            width=24,
            left=[writes],
            left_y_axis=cloudwatch.YAxisProps(min=0, show_units=False),
            left_annotations=[
                cloudwatch.HorizontalAnnotation(value=value, label=label)
                for value, label in (
                    (WRITES_OF_A_KEY, "one key"),
                    (WRITES_OF_A_TABLE, "a new table"),
                    (self._throttle_rate, "the stage's throttle"),
                )
            ],
        )

    def _leave_names_to_cloudformation(self) -> None:
        """Fixed names would keep a second copy of the stack out of the account."""
        for child in self.node.find_all():
            if isinstance(child, cloudwatch.CfnAlarm):
                child.alarm_name = None
            if isinstance(child, cloudwatch.CfnDashboard):
                child.dashboard_name = None
