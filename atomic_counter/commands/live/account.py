"""The AWS account that a copy is deployed to: its identity, and its stacks."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from atomic_counter.tooling.errors import CommandError

POLICY = "the policy atomic_counter/commands/live/policy.json has the permissions for make live"


@dataclass(frozen=True)
class DeployedCounter:
    """A counter in an account.

    Attributes:
        url: The URL that counts, without its query string.
        table: The table's name.
        api_key: The value of `x-api-key`. None: the counter requires none.
    """

    url: str
    table: str
    api_key: str | None

    @property
    def headers(self) -> dict[str, str]:
        """The headers that a request needs."""
        return {"x-api-key": self.api_key} if self.api_key else {}


def deployed_counter(session: Any, stack: str) -> DeployedCounter:
    """Return the counter of a CloudFormation stack of this app.

    Args:
        session: A `boto3.Session`, or the module `boto3`.
        stack: The stack's name.

    Raises:
        botocore.exceptions.ClientError: AWS refuses, such as for a missing stack.
    """
    (found,) = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}
    key = None
    if "apikeyid" in outputs:
        api = session.client("apigateway")
        key = api.get_api_key(apiKey=outputs["apikeyid"], includeValue=True)["value"]
    url = outputs["apigwcounterurl"].partition("?")[0]
    return DeployedCounter(url, outputs["tablename"], key)


class Account:
    """The account and Region of a session.

    Args:
        session: A `boto3.Session`.

    Attributes:
        id: The account's number.
        region: The Region's name.
        principal: The ARN of the credentials' owner.

    Raises:
        CommandError: There is no Region, or there are no valid credentials.
    """

    def __init__(self, session: Any) -> None:
        self._session = session
        if not session.region_name:
            raise CommandError("no AWS Region is set: export AWS_REGION=us-east-1")
        self.region = str(session.region_name)
        try:
            identity = session.client("sts").get_caller_identity()
        except (BotoCoreError, ClientError) as error:
            raise CommandError(
                f"no valid AWS credentials: aws configure sso, or aws sso login ({error})"
            ) from None
        self.id, self.principal = str(identity["Account"]), str(identity["Arn"])

    def check(self, stack: str) -> None:
        """Check that a copy named `stack` can be deployed, and deleted without harm.

        Raises:
            CommandError: A stack of that name exists, or the permission to find out is missing. The
                message has what helps.
        """
        try:
            exists = self.has(stack)
        except (BotoCoreError, ClientError) as error:
            raise CommandError(f"the account can't be checked: {error}; {POLICY}") from None
        if exists:
            raise CommandError(
                f"a stack {stack} exists, and would be deleted at the end: remove -c stackName, or"
                " choose another name"
            )

    def has(self, stack: str) -> bool:
        """Return whether a stack of this name exists."""
        try:
            self._session.client("cloudformation").describe_stacks(StackName=stack)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                return False
            raise
        return True

    def remaining_resources(self, stack: str) -> list[str]:
        """Return the types and names of a stack's remaining resources."""
        if not self.has(stack):
            return []
        found = self._session.client("cloudformation").describe_stack_resources(StackName=stack)
        return [
            f"{resource['ResourceType']} {resource.get('PhysicalResourceId', '')}"
            for resource in found["StackResources"]
            if resource["ResourceStatus"] != "DELETE_COMPLETE"
        ]

    def register(self, table: str, key: str) -> None:
        """Put a key that counts from 1 into the table, for `keys=registered`."""
        self._session.client("dynamodb").put_item(TableName=table, Item={"systemKey": {"S": key}})
