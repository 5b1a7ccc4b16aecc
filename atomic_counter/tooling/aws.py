"""The DynamoDB client of the commands that read or write a table."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from atomic_counter.tooling.errors import CommandError
from atomic_counter.tooling.paths import LOOPBACK

JSON_OF_DYNAMODB = "application/x-amz-json-1.0"


@contextmanager
def dynamodb_client(endpoint_url: str | None) -> Iterator[Any]:
    """Provide a boto3 client, whose errors in the block end the command.

    Args:
        endpoint_url: The URL of another engine. None: DynamoDB. An engine on this machine needs
            no configuration of AWS.

    Raises:
        CommandError: There are no credentials, DynamoDB refuses, or something else responds.
    """
    try:
        is_local = endpoint_url and urlsplit(endpoint_url).hostname in LOOPBACK
        session = _local_session() if is_local else boto3.Session()
        client = session.client("dynamodb", endpoint_url=endpoint_url)
    except (BotoCoreError, ValueError) as error:
        raise CommandError(str(error)) from None
    client.meta.events.register("after-call.dynamodb", _require_dynamodb)
    try:
        yield client
    except (BotoCoreError, ClientError) as error:
        raise CommandError(str(error)) from None


def _require_dynamodb(http_response: Any, **_: Any) -> None:
    """Refuse a success of something else, such as a proxy, which boto3 reads as an empty result."""
    kind = http_response.headers.get("Content-Type")
    if http_response.status_code == HTTPStatus.OK and kind != JSON_OF_DYNAMODB:
        raise CommandError(
            f"{http_response.url} must be DynamoDB, whose responses have the type"
            f" {JSON_OF_DYNAMODB}, got {kind}"
        )


def _local_session() -> Any:
    """Return a session with the Region and credentials of `serve` for an engine on this machine.

    Both are those of the environment or of the profile, as for the AWS CLI, or else any.
    """
    configured = Session()
    # Where there is no such role, a search for it takes seconds.
    configured.get_component("credential_provider").remove("iam-role")
    if not configured.get_credentials():
        configured.set_credentials("local", "local")
    region = os.environ.get("AWS_REGION") or configured.get_config_variable("region")
    return boto3.Session(botocore_session=configured, region_name=region or "us-east-1")
