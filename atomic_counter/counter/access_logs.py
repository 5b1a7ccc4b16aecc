"""Access logs: a line of JSON for each request in CloudWatch Logs, with latencies in ms."""

import json

from aws_cdk import RemovalPolicy
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_logs as logs
from constructs import Construct

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


def add_log_group(scope: Construct, *, ephemeral: bool) -> logs.LogGroup:
    """Add the log group, which keeps lines for a month."""
    return logs.LogGroup(
        scope,
        "AccessLogs",
        retention=logs.RetentionDays.ONE_MONTH,
        removal_policy=RemovalPolicy.DESTROY if ephemeral else RemovalPolicy.RETAIN,
    )
