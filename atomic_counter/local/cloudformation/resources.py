"""The supported resource types: tables, seeds, and those of API Gateway."""

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_pascal

from atomic_counter.local.cloudformation.api_resources import (
    ApiKey,
    Deployment,
    GatewayResponse,
    Model,
    RequestValidator,
    Resource,
    RestApi,
    Stage,
    UsagePlan,
    UsagePlanKey,
)
from atomic_counter.local.cloudformation.method_resources import Method
from atomic_counter.local.cloudformation.properties import Properties, refused


class Index(Properties):
    """A secondary index of a table."""

    unused = (
        "ContributorInsightsSpecification OnDemandThroughput ProvisionedThroughput WarmThroughput"
    )
    index_name: str
    key_schema: list[dict[str, str]]
    projection: dict[str, Any]


def _no_time_to_live(value: dict[str, Any]) -> dict[str, Any]:
    if value.get("Enabled") not in (False, "false"):
        raise ValueError("isn't supported: the engine doesn't delete items by their age")
    return value


# What an engine creates of a table.
CREATED_OF_INDEX = {"index_name", "key_schema", "projection"}
CREATED: Any = {
    "key_schema": True,
    "attribute_definitions": True,
    "global_secondary_indexes": {"__all__": CREATED_OF_INDEX},
    "local_secondary_indexes": {"__all__": CREATED_OF_INDEX},
}


class Table(Properties):
    unused = (
        "ContributorInsightsSpecification DeletionProtectionEnabled "
        "KinesisStreamSpecification OnDemandThroughput PointInTimeRecoverySpecification "
        "ProvisionedThroughput ResourcePolicy SSESpecification StreamSpecification "
        "TableClass Tags WarmThroughput"
    )
    table_name: str | None = None
    key_schema: list[dict[str, str]]
    attribute_definitions: list[dict[str, str]]
    global_secondary_indexes: list[Index] = []
    local_secondary_indexes: list[Index] = []
    billing_mode: Literal["PAY_PER_REQUEST", "PROVISIONED"] = "PROVISIONED"
    import_source_specification: Annotated[Any, refused("isn't supported: nothing is imported")] = (
        None
    )
    time_to_live_specification: Annotated[dict[str, Any], AfterValidator(_no_time_to_live)] = {}

    def create_parameters(self, name: str) -> dict[str, Any]:
        """Return the parameters of CreateTable. An engine has no capacity to provision."""
        given = self.model_dump(by_alias=True, include=CREATED, exclude_defaults=True)
        return {"TableName": name, **given, "BillingMode": "PAY_PER_REQUEST"}


class GlobalTable(Table):
    """`AWS::DynamoDB::GlobalTable`, for which one engine stands in all Regions."""

    unused = (
        "GlobalTableWitnesses Replicas WriteOnDemandThroughputSettings "
        "WriteProvisionedThroughputSettings"
    )
    multi_region_consistency: Literal["STRONG"]


def _parse_call(call: Any) -> Any:
    return json.loads(call) if isinstance(call, str) else call


class AwsCall(BaseModel):
    """A call of the AWS API that a custom resource makes."""

    service: str
    action: str
    parameters: dict[str, Any] = {}


class CustomAws(Properties):
    """`Custom::AWS` of the CDK, whose call at its creation can be the seed of a table."""

    model_config = ConfigDict(alias_generator=to_pascal, extra="ignore", frozen=True)

    create: Annotated[AwsCall | None, BeforeValidator(_parse_call)] = None


SUPPORTED_TYPES: dict[str, type[Properties]] = {
    "AWS::ApiGateway::ApiKey": ApiKey,
    "AWS::ApiGateway::Deployment": Deployment,
    "AWS::ApiGateway::GatewayResponse": GatewayResponse,
    "AWS::ApiGateway::Method": Method,
    "AWS::ApiGateway::Model": Model,
    "AWS::ApiGateway::RequestValidator": RequestValidator,
    "AWS::ApiGateway::Resource": Resource,
    "AWS::ApiGateway::RestApi": RestApi,
    "AWS::ApiGateway::Stage": Stage,
    "AWS::ApiGateway::UsagePlan": UsagePlan,
    "AWS::ApiGateway::UsagePlanKey": UsagePlanKey,
    "AWS::DynamoDB::GlobalTable": GlobalTable,
    "AWS::DynamoDB::Table": Table,
    "Custom::AWS": CustomAws,
}

# They change nothing on one machine. Any other type gets a warning.
IGNORED_TYPES = {
    "AWS::ApiGateway::Account",
    "AWS::CDK::Metadata",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Logs::LogGroup",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
}
IGNORED_SERVICES = ("AWS::IAM::", "AWS::ApplicationAutoScaling::")
