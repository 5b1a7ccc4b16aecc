"""The headers of a request to DynamoDB, with AWS Signature Version 4."""

from typing import Any, Protocol

from yarl import URL

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
    """
    # Only an engine elsewhere needs it.
    from botocore.auth import SigV4Auth  # noqa: PLC0415
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415
    from botocore.credentials import Credentials  # noqa: PLC0415
    from botocore.session import Session  # noqa: PLC0415

    found = credentials or Session().get_credentials() or Credentials("local", "local")

    def headers(target: str, body: bytes) -> dict[str, str]:
        given = {"content-type": CONTENT_TYPE, "x-amz-target": target}
        request = AWSRequest("POST", str(endpoint), given, body)
        SigV4Auth(found.get_frozen_credentials(), "dynamodb", region).add_auth(request)
        return {"host": endpoint.host_port_subcomponent or "", **request.headers}

    return headers
