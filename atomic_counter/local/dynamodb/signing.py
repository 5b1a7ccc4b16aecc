"""AWS Signature Version 4 for requests that differ in their action and body alone.

botocore's signer builds, canonicalises and derives a key for each request anew; every request to
the engine is signed, so here what stays the same is kept. A test compares the two.
"""

import hashlib
import hmac
from datetime import UTC, datetime
from functools import lru_cache

from botocore.credentials import Credentials
from yarl import URL

ALGORITHM = "AWS4-HMAC-SHA256"
CONTENT_TYPE = "application/x-amz-json-1.0"
SERVICE = "dynamodb"


class Signer:
    """Signs POST requests to a DynamoDB endpoint.

    Args:
        endpoint: The endpoint's URL.
        region: The AWS Region in the signature's scope.
        credentials: Whose signature it is; refreshed by botocore where they are temporary.
    """

    def __init__(self, endpoint: URL, region: str, credentials: Credentials) -> None:
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
        frozen = self._credentials.get_frozen_credentials()
        date = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
        signed = {
            "content-type": CONTENT_TYPE,
            "host": self._host,
            "x-amz-date": date,
            **({"x-amz-security-token": frozen.token} if frozen.token else {}),
            "x-amz-target": target,
        }
        names = ";".join(signed)
        canonical = "\n".join(
            ["POST", self._path, ""]
            + [f"{name}:{value}" for name, value in signed.items()]
            + ["", names, hashlib.sha256(body).hexdigest()]
        )
        scope = f"{date[:8]}/{self._region}/{SERVICE}/aws4_request"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        key = _signing_key(frozen.secret_key, scope)
        signature = hmac.digest(key, f"{ALGORITHM}\n{date}\n{scope}\n{digest}".encode(), "sha256")
        return signed | {
            "authorization": f"{ALGORITHM} Credential={frozen.access_key}/{scope},"
            f" SignedHeaders={names}, Signature={signature.hex()}"
        }


@lru_cache(maxsize=2)
def _signing_key(secret_key: str, scope: str) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
