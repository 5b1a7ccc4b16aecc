"""The metrics of the construct: those of the API's stage, which AWS provides at no cost."""

from typing import Any

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch


class Metrics:
    """The metrics of `AtomicCounter`.

    The keyword arguments are those of `Metric`, such as `period` and `statistic`.
    """

    api: apigateway.RestApi

    def metric_count(self, **options: Any) -> cloudwatch.Metric:
        """Return the number of requests, as a sum of five minutes by default."""
        return self.api.deployment_stage.metric_count(**options)

    def metric_latency(self, **options: Any) -> cloudwatch.Metric:
        """Return the time to a response in ms, as an average of five minutes by default."""
        return self.api.deployment_stage.metric_latency(**options)

    def metric_client_error(self, **options: Any) -> cloudwatch.Metric:
        """Return the number of responses with a 4xx, as a sum of five minutes by default."""
        return self.api.deployment_stage.metric_client_error(**options)

    def metric_server_error(self, **options: Any) -> cloudwatch.Metric:
        """Return the number of responses with a 5xx, as a sum of five minutes by default."""
        return self.api.deployment_stage.metric_server_error(**options)
