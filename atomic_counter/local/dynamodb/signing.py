"""The headers of a request to DynamoDB, with AWS Signature Version 4.

Only an engine elsewhere needs botocore, so nothing imports it at the start.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from yarl import URL

from atomic_counter.local.dynamodb.errors import EngineError

CONTENT_TYPE = "application/x-amz-json-1.0"


class Headers(Protocol):
    """Returns the headers of a POST request."""

    def __call__(self, target: str, body: bytes) -> dict[str, str]:
        """Return the headers for an action of DynamoDB, the target, and a body."""


def unverified_headers(endpoint: URL) -> Headers:
    """Return headers with a constant signature, for an engine that verifies none."""
    constant = {
        "host": endpoint.host_port_subcomponent or "",
        "content-type": CONTENT_TYPE,
        "x-amz-date": "20000101T000000Z",
        "authorization": "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=0,"
        " Credential=local/20000101/us-east-1/dynamodb/aws4_request",
    }
    return lambda target, body: {**constant, "x-amz-target": target}  # noqa: ARG005 (as a protocol)


def signed_headers(endpoint: URL, region: str, credentials: Any = None) -> Headers:
    """Return headers whose signature botocore calculates.

    Args:
        endpoint: The URL that requests are posted to.
        region: The AWS Region to sign for.
        credentials: Credentials of botocore, which refreshes them if they are temporary. Default:
            those that botocore finds, as for the AWS CLI, or else some that an engine on this
            machine accepts.

    Raises:
        EngineError: The configuration of AWS is wrong, such as a profile that doesn't exist.
    """
    from botocore.auth import SigV4Auth  # noqa: PLC0415
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415
    from botocore.credentials import Credentials  # noqa: PLC0415

    with _session() as session:
        found = credentials or session.get_credentials() or Credentials("local", "local")

    def headers(target: str, body: bytes) -> dict[str, str]:
        given = {"content-type": CONTENT_TYPE, "x-amz-target": target}
        request = AWSRequest("POST", str(endpoint), given, body)
        SigV4Auth(found.get_frozen_credentials(), "dynamodb", region).add_auth(request)
        return {"host": endpoint.host_port_subcomponent or "", **request.headers}

    return headers


def endpoint_region(endpoint: str) -> str:
    """Return the AWS Region in the name of an endpoint of DynamoDB itself.

    That of any other endpoint is the Region of the environment or of the profile, as for the AWS
    CLI. Default: us-east-1.

    Raises:
        EngineError: The configuration of AWS is wrong, such as a profile that doesn't exist.
    """
    host = (URL(endpoint).host or "").rstrip(".")
    with _session() as session:
        return (
            _named_region(host, session.get_data("partitions")["partitions"])
            # botocore doesn't read AWS_REGION, which the AWS CLI does.
            or os.environ.get("AWS_REGION")
            or session.get_config_variable("region")
            or "us-east-1"
        )


def _named_region(host: str, partitions: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the label of a host of AWS that is a Region."""
    for partition in partitions:
        outputs = partition["outputs"]
        if host.endswith((f".{outputs['dnsSuffix']}", f".{outputs['dualStackDnsSuffix']}")):
            for label in host.split("."):
                if re.fullmatch(partition["regionRegex"], label):
                    return label
    return None


@contextmanager
def _session() -> Iterator[Any]:
    """Provide a session of botocore, whose errors in the block are errors of the engine."""
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415
    from botocore.session import Session  # noqa: PLC0415

    try:
        yield Session()
    except BotoCoreError as error:
        raise EngineError(str(error)) from None
