"""Signatures of requests, AWS Signature Version 4."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from requests import PreparedRequest

from atomic_counter.client.errors import CounterUnavailableError

if TYPE_CHECKING:
    from botocore.credentials import Credentials


def sign(
    request: PreparedRequest,
    credentials: "Credentials",
    service: str,
    region: str,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Add the headers of a signature to a request.

    Args:
        request: The request.
        credentials: The credentials, which botocore refreshes if they are temporary.
        service: The name of the AWS service that it's for.
        region: The AWS Region.
        headers: The headers to sign beside those of the signature. Default: none.

    Raises:
        CounterUnavailableError: Temporary credentials can't be refreshed now.
    """
    from botocore.auth import SigV4Auth  # noqa: PLC0415 (the client works without botocore)
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415

    signed = AWSRequest(request.method, request.url, headers, request.body or b"")
    try:
        frozen = credentials.get_frozen_credentials()
    except Exception as error:  # Of whatever provides them, such as of a role.
        raise CounterUnavailableError(f"no AWS credentials: {error}") from error
    SigV4Auth(frozen, service, region).add_auth(signed)
    request.headers.update(signed.headers)
