"""The DynamoDB client of the commands that read or write a table."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from atomic_counter.tooling.errors import CommandError


@contextmanager
def dynamodb_client(endpoint_url: str | None) -> Iterator[Any]:
    """Provide a boto3 client, whose errors in the block end the command.

    Args:
        endpoint_url: Another engine than DynamoDB. None: DynamoDB.

    Raises:
        CommandError: The endpoint isn't a URL, there are no credentials, or DynamoDB refuses.
    """
    try:
        client = boto3.client("dynamodb", endpoint_url=endpoint_url)
    except (BotoCoreError, ValueError) as error:
        raise CommandError(str(error)) from None
    try:
        yield client
    except (BotoCoreError, ClientError) as error:
        raise CommandError(str(error)) from None
