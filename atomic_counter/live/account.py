"""The account that a copy is deployed to: whose it is, what is missing, what is there."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from atomic_counter.local import CHECKOUT, LocalError

# What `cdk bootstrap` makes, unless told otherwise: https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
QUALIFIER = "hnb659fds"
BOOTSTRAPPED = f"/cdk-bootstrap/{QUALIFIER}/version"
BOOTSTRAP_VERSION = 6
POLICY = Path(__file__).with_name("policy.json")


@dataclass(frozen=True)
class Deployed:
    """A counter in an account.

    Attributes:
        url: The URL that counts, without its query string.
        table: The table's name.
        api_key: The value of `x-api-key`, where the counter asks for one; else None.
    """

    url: str
    table: str
    api_key: str | None

    @property
    def headers(self) -> dict[str, str]:
        """What a request needs."""
        return {"x-api-key": self.api_key} if self.api_key else {}


def deployed(session: Any, stack: str) -> Deployed:
    """The counter that a CloudFormation stack of this app has.

    Args:
        session: A `boto3.Session`, or the module `boto3`.
        stack: The stack's name.

    Raises:
        botocore.exceptions.ClientError: AWS refuses, such as for a stack that is not there.
    """
    (found,) = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}
    key = None
    if "apikeyid" in outputs:
        api = session.client("apigateway")
        key = api.get_api_key(apiKey=outputs["apikeyid"], includeValue=True)["value"]
    return Deployed(outputs["apigwcounterurl"].partition("?")[0], outputs["tablename"], key)


class Account:
    """The account and Region that a session's credentials are for.

    Args:
        session: A `boto3.Session`.

    Attributes:
        id: The account's number.
        region: The Region's name.
        principal: The ARN of whoever the credentials are for.

    Raises:
        LocalError: There is no Region, or there are no valid credentials.
    """

    def __init__(self, session: Any) -> None:
        self._session = session
        if not session.region_name:
            raise LocalError("no AWS Region is set: export AWS_REGION=us-east-1")
        self.region = str(session.region_name)
        try:
            identity = session.client("sts").get_caller_identity()
        except (BotoCoreError, ClientError) as error:
            raise LocalError(
                f"no valid AWS credentials: aws configure sso, or aws sso login ({error})"
            ) from None
        self.id, self.principal = str(identity["Account"]), str(identity["Arn"])

    def missing(self, stack: str) -> list[str]:
        """What a copy named `stack` cannot do without, each with the command that mends it."""
        bootstrapped = self._bootstrapped()
        missing = [] if bootstrapped else [self._how_to_bootstrap()]
        rights = [
            right
            for right, ask in self._rights(stack)
            if not (right == "sts:AssumeRole" and not bootstrapped) and not _may(ask)
        ]
        if rights:
            missing.append(
                f"no right to {', '.join(dict.fromkeys(rights))}: {self._how_to_grant()}"
            )
        elif self.has(stack):
            missing.append(
                f"a stack {stack} is there already, and would be removed in the end:"
                " leave out -c stackName, or give another"
            )
        return missing

    def has(self, stack: str) -> bool:
        """Whether there is a stack of this name.

        Raises:
            botocore.exceptions.ClientError: It may not be seen.
        """
        try:
            self._session.client("cloudformation").describe_stacks(StackName=stack)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                return False
            raise
        return True

    def left_of(self, stack: str) -> list[str]:
        """What a stack that could not be removed still has: types and names.

        Raises:
            botocore.exceptions.ClientError: It may not be seen.
        """
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

    def _bootstrapped(self) -> bool:
        """Whether the CDK's resources are there; where that may not be seen, it is tried."""
        try:
            found = self._session.client("ssm").get_parameter(Name=BOOTSTRAPPED)
        except ClientError as error:
            return _is_denied(error)
        return int(found["Parameter"]["Value"]) >= BOOTSTRAP_VERSION

    def _how_to_bootstrap(self) -> str:
        return (
            "the account is not bootstrapped for the CDK in this Region:"
            f" npx cdk bootstrap aws://{self.id}/{self.region}"
        )

    def _rights(self, stack: str) -> Iterator[tuple[str, Callable[[], object]]]:
        """Rights, and requests that need them and change nothing: what they name is not there."""
        client = self._session.client
        name = {"TableName": f"{stack}-none"}
        key = {"systemKey": {"S": "none"}}
        of_cdk = f"arn:{self.principal.split(':')[1]}:iam::{self.id}:role/cdk-{QUALIFIER}"
        sts, formation, dynamodb = map(client, ("sts", "cloudformation", "dynamodb"))
        probes: Sequence[tuple[str, Callable[..., object], dict[str, Any]]] = (
            ("ssm:GetParameter", client("ssm").get_parameter, {"Name": BOOTSTRAPPED}),
            *(
                (
                    "sts:AssumeRole",
                    sts.assume_role,
                    {
                        "RoleArn": f"{of_cdk}-{role}-role-{self.id}-{self.region}",
                        "RoleSessionName": "AtomicCounterLive",
                    },
                )
                for role in ("deploy", "file-publishing")
            ),
            ("cloudformation:DescribeStacks", formation.describe_stacks, {"StackName": stack}),
            (
                "cloudformation:DescribeStackResources",
                formation.describe_stack_resources,
                {"StackName": stack},
            ),
            ("dynamodb:GetItem", dynamodb.get_item, {**name, "Key": key}),
            ("dynamodb:PutItem", dynamodb.put_item, {**name, "Item": key}),
            ("dynamodb:DeleteItem", dynamodb.delete_item, {**name, "Key": key}),
            ("apigateway:GET", client("apigateway").get_api_key, {"apiKey": "none"}),
        )
        for right, ask, parameters in probes:
            yield right, partial(ask, **parameters)

    def _how_to_grant(self) -> str:
        document = f"--policy-document file://{POLICY.relative_to(CHECKOUT)}"
        match re.match(r"arn:[^:]+:(?:iam|sts)::\d+:(user|assumed-role)/(?:.*/)?", self.principal):
            case re.Match() as found if found[1] == "user":
                of = f"put-user-policy --user-name {self.principal.rpartition('/')[2]}"
            case re.Match():
                of = f"put-role-policy --role-name {self.principal.split('/')[1]}"
            case _:
                of = "put-role-policy --role-name ROLE"
        return f"aws iam {of} --policy-name AtomicCounterLive {document}"


def _may(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except ClientError as error:
        return not _is_denied(error)
    return True


def _is_denied(error: ClientError) -> bool:
    return "AccessDenied" in error.response["Error"]["Code"]
