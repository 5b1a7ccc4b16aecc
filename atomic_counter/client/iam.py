"""Signs requests, where the counter's option `authorization` is `iam`."""

import re
from urllib.parse import urlsplit

import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from requests import PreparedRequest
from requests.auth import AuthBase


class IamAuth(AuthBase):
    """Signs each request with AWS Signature Version 4.

    Args:
        region: The API's AWS Region. Default: the one in the URL's host, else the configured one.
        credentials: Who asks; refreshed by botocore where they are temporary. Default: those that
            botocore finds, as for the AWS CLI.

    Raises:
        ValueError: There are no credentials; or when a request is signed, no Region.
    """

    def __init__(self, region: str | None = None, credentials: Credentials | None = None) -> None:
        session = botocore.session.Session()
        self._region = region
        self._configured_region = session.get_config_variable("region")
        self._credentials = credentials or session.get_credentials()
        if self._credentials is None:
            raise ValueError("no AWS credentials found: set AWS_PROFILE, or give credentials")

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Add the signature's headers to the request, and write its spaces as `%20`."""
        # In a query a + is a space to API Gateway, and a + where the signature is checked.
        url = request.url = str(request.url).replace("+", "%20")
        signed = AWSRequest(request.method, url, data=request.body or b"")
        region = self._region or _region_of(url) or self._configured_region
        if not region:
            raise ValueError(
                f"no AWS Region in {url}: give IamAuth a region, or set AWS_DEFAULT_REGION"
            )
        SigV4Auth(self._credentials.get_frozen_credentials(), "execute-api", region).add_auth(
            signed
        )
        request.headers.update(signed.headers)
        return request


def _region_of(url: str) -> str | None:
    named = re.search(r"\.execute-api\.([a-z0-9-]+)\.", urlsplit(url).hostname or "")
    return named[1] if named else None
