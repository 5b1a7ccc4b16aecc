"""AWS Signature Version 4, for the requests to DynamoDB."""

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

LOCAL_CREDENTIALS = AwsCredentialsProvider.new_static("local", "local")
"""Credentials that only an engine on this machine accepts."""


def default_credentials() -> AwsCredentialsProvider:
    """Return the credentials that boto3 finds and refreshes, or `LOCAL_CREDENTIALS`."""
    from botocore.session import Session  # noqa: PLC0415 (only an engine elsewhere needs it)

    found = Session().get_credentials()

    def current() -> AwsCredentials:
        frozen = found.get_frozen_credentials()
        return AwsCredentials(frozen.access_key, frozen.secret_key, frozen.token)

    return AwsCredentialsProvider.new_delegate(current) if found else LOCAL_CREDENTIALS


class Signer:
    """Signs POST requests to a DynamoDB endpoint."""

    def __init__(self, endpoint: URL, region: str, credentials: AwsCredentialsProvider) -> None:
        self._host = endpoint.host_port_subcomponent
        self._path = endpoint.raw_path
        self._region = region
        self._credentials = credentials

    def headers(self, target: str, body: bytes, now: datetime | None = None) -> dict[str, str]:
        """Return the headers of a request, including its signature."""
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
