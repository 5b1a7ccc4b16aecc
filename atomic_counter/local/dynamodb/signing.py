"""AWS Signature Version 4, which every request to DynamoDB bears."""

import hashlib
from datetime import datetime

from awscrt.auth import (
    AwsCredentials,
    AwsCredentialsProvider,
    AwsSigningAlgorithm,
    AwsSigningConfig,
    aws_sign_request,
)
from awscrt.http import HttpHeaders, HttpRequest
from yarl import URL

CONTENT_TYPE = "application/x-amz-json-1.0"

ANYBODY = AwsCredentialsProvider.new_static("local", "local")
"""Whom only an engine on this machine believes."""


def own_credentials() -> AwsCredentialsProvider:
    """The credentials that boto3 would use, refreshed by it; without any, those of `ANYBODY`."""
    from botocore.session import Session  # noqa: PLC0415 (for an engine elsewhere alone)

    found = Session().get_credentials()

    def current() -> AwsCredentials:
        frozen = found.get_frozen_credentials()
        return AwsCredentials(frozen.access_key, frozen.secret_key, frozen.token)

    return AwsCredentialsProvider.new_delegate(current) if found else ANYBODY


class Signer:
    """Signs POST requests to a DynamoDB endpoint.

    Args:
        endpoint: The endpoint's URL.
        region: The AWS Region in the signature's scope.
        credentials: Whose signature it is.
    """

    def __init__(self, endpoint: URL, region: str, credentials: AwsCredentialsProvider) -> None:
        self._host = endpoint.host_port_subcomponent
        self._path = endpoint.raw_path
        self._region = region
        self._credentials = credentials

    def headers(self, target: str, body: bytes, now: datetime | None = None) -> dict[str, str]:
        """The headers of a request, its signature among them.

        Args:
            target: What `X-Amz-Target` says.
            body: The request's body.
            now: The time of the signature. Default: the present.
        """
        headers = [("host", self._host), ("content-type", CONTENT_TYPE), ("x-amz-target", target)]
        request = HttpRequest("POST", self._path, HttpHeaders(headers))
        config = AwsSigningConfig(
            algorithm=AwsSigningAlgorithm.V4,
            credentials_provider=self._credentials,
            region=self._region,
            service="dynamodb",
            date=now,
            signed_body_value=hashlib.sha256(body).hexdigest(),
        )
        aws_sign_request(request, config).result()
        return dict(request.headers)
