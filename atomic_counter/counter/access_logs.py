"""Access logs: a line of JSON for each request in CloudWatch Logs, with latencies in ms."""

import json

from aws_cdk import RemovalPolicy
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_logs as logs
from constructs import Construct

from atomic_counter.counter.encryption import allow_logs
from atomic_counter.options import CounterOptions

# The systemKey isn't logged: an access log has the members of $context, and the query string isn't
# one of them. API Gateway writes "-" for a missing value, so numbers are in quotes.
FIELDS = {
    "requestId": "$context.requestId",
    "requestTime": "$context.requestTime",
    "httpMethod": "$context.httpMethod",
    "resourcePath": "$context.resourcePath",
    "status": "$context.status",
    "responseLatency": "$context.responseLatency",
    "integrationLatency": "$context.integrationLatency",
    "errorResponseType": "$context.error.responseType",
    "tlsVersion": "$context.tlsVersion",
    "cipherSuite": "$context.cipherSuite",
    "sourceIp": "$context.identity.sourceIp",
    "apiKeyId": "$context.identity.apiKeyId",
    "userArn": "$context.identity.userArn",
}
ACCESS_LOG_FORMAT = apigateway.AccessLogFormat.custom(json.dumps(FIELDS))


def add_log_group(scope: Construct, options: CounterOptions) -> logs.ILogGroup | None:
    """Add the log group, which keeps lines for a month, unless there is one, or none is needed."""
    if not isinstance(options.access_logs, bool):
        return options.access_logs  # type: ignore[no-any-return]
    if not options.access_logs:
        return None
    allow_logs(scope, options.encryption_key)
    return logs.LogGroup(
        scope,
        "AccessLogs",
        retention=logs.RetentionDays.ONE_MONTH,
        encryption_key=options.encryption_key,
        removal_policy=RemovalPolicy.DESTROY if options.ephemeral else RemovalPolicy.RETAIN,
    )
