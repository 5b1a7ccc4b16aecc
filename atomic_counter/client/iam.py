"""Signatures of requests, for the counter's option `authorization=iam`."""

import re
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore.credentials import Credentials
from requests import PreparedRequest
from requests.auth import AuthBase

from atomic_counter.client.signing import sign


class IamAuth(AuthBase):
    """Signs each request with AWS Signature Version 4.

    client = CounterClient(url, auth=IamAuth())

    Args:
        region: The API's AWS Region. Default: the Region in the URL's host, or else the configured
            Region.
        credentials: The credentials, which botocore refreshes if they are temporary. Default: the
            credentials that botocore finds, as for the AWS CLI.

    Raises:
        ValueError: There are no credentials, or for a request there is no Region.
    """

    def __init__(self, region: str | None = None, credentials: Credentials | None = None) -> None:
        session = botocore.session.Session()
        self._region = region
        self._configured_region = session.get_config_variable("region")
        self._given = credentials
        self._credentials = credentials or session.get_credentials()
        if self._credentials is None:
            raise ValueError("no AWS credentials found: set AWS_PROFILE, or pass credentials")

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the arguments: another process finds the credentials itself."""
        return type(self), (self._region, self._given)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Add the signature's headers to the request, and encode its spaces as `%20`.

        Raises:
            CounterUnavailableError: Temporary credentials can't be refreshed now.
            ValueError: There is no Region.
        """
        # In a query string, + is a space for API Gateway, but + for its check of the signature.
        url = request.url = str(request.url).replace("+", "%20")
        region = self._region or _url_region(url) or self._configured_region
        if not region:
            raise ValueError(
                f"no AWS Region in {url}: pass a region to IamAuth, or set AWS_DEFAULT_REGION"
            )
        sign(request, self._credentials, "execute-api", region)
        return request


def _url_region(url: str) -> str | None:
    named = re.search(r"\.execute-api\.([a-z0-9-]+)\.", urlsplit(url).hostname or "")
    return named[1] if named else None
