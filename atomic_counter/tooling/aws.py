"""The DynamoDB client of the commands that read or write a table."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from atomic_counter.tooling.errors import CommandError
from atomic_counter.tooling.paths import LOOPBACK


@contextmanager
def dynamodb_client(endpoint_url: str | None) -> Iterator[Any]:
    """Provide a boto3 client, whose errors in the block end the command.

    Args:
        endpoint_url: Another engine than DynamoDB. None: DynamoDB. An engine on this machine needs
            no configuration of AWS.

    Raises:
        CommandError: The endpoint isn't a URL, there are no credentials, or DynamoDB refuses.
    """
    try:
        is_local = endpoint_url and urlsplit(endpoint_url).hostname in LOOPBACK
        session = _local_session() if is_local else boto3.Session()
        client = session.client("dynamodb", endpoint_url=endpoint_url)
    except (BotoCoreError, ValueError) as error:
        raise CommandError(str(error)) from None
    try:
        yield client
    except (BotoCoreError, ClientError) as error:
        raise CommandError(str(error)) from None


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
