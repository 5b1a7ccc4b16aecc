"""A line of JSON for each request, in CloudWatch Logs; latencies are in milliseconds."""

import json

from aws_cdk import RemovalPolicy
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_logs as logs
from constructs import Construct

# The systemKey is not among them: an access log may hold what is in $context, and no query string
# is in there. What API Gateway leaves out is a "-", hence the quotes around numbers.
FIELDS = {
    "requestId": "$context.requestId",
    "requestTime": "$context.requestTime",
    "httpMethod": "$context.httpMethod",
    "resourcePath": "$context.resourcePath",
    "status": "$context.status",
    "responseLatency": "$context.responseLatency",
    "integrationLatency": "$context.integrationLatency",
    "errorResponseType": "$context.error.responseType",
    "sourceIp": "$context.identity.sourceIp",
    "apiKeyId": "$context.identity.apiKeyId",
    "userArn": "$context.identity.userArn",
}


ACCESS_LOG_FORMAT = apigateway.AccessLogFormat.custom(json.dumps(FIELDS))


def build_log_group(scope: Construct, *, ephemeral: bool) -> logs.LogGroup:
    """The log group, which keeps lines for a month and stays where the stack goes.

    Args:
        scope: The construct that gets it.
        ephemeral: It goes with the stack.
    """
    return logs.LogGroup(
        scope,
        "AccessLogs",
        retention=logs.RetentionDays.ONE_MONTH,
        removal_policy=RemovalPolicy.DESTROY if ephemeral else RemovalPolicy.RETAIN,
    )
