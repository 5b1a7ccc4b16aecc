"""DynamoDB over HTTP, signed as API Gateway signs: whatever engine answers at the endpoint."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple

import aiohttp
from botocore.credentials import Credentials
from yarl import URL

from atomic_counter.local import LocalError
from atomic_counter.local.resources import Table
from atomic_counter.local.signing import Signer

CONNECT_SECONDS = 1.5
# Shorter than the engine's (5 seconds in Node.js), so that no write goes into a closing connection.
KEEP_ALIVE_SECONDS = 3


class Answer(NamedTuple):
    status: int
    body: str


class DynamoDB:
    """A DynamoDB endpoint.

    Args:
        endpoint: Its URL; that of DynamoDB itself names the Region.
        http: The connections.
        credentials: Who asks. Default: somebody that only an engine on this machine believes.
    """

    def __init__(
        self, endpoint: str, http: aiohttp.ClientSession, credentials: Credentials | None = None
    ) -> None:
        self.endpoint = endpoint
        self._url = URL(endpoint)
        self._http = http
        self._signer = Signer(
            self._url, region_of(endpoint), credentials or Credentials("local", "local")
        )

    async def call(self, action: str, body: str, timeout_seconds: float = 29) -> Answer:
        """Send one request, once.

        Args:
            action: The operation, such as `UpdateItem`.
            body: Its JSON.
            timeout_seconds: How long the answer may take. Default: 29, as in API Gateway.

        Raises:
            aiohttp.ClientError: No answer: refused, dropped or unreadable.
            TimeoutError: No answer in time.
        """
        data = body.encode()
        async with self._http.post(
            self._url,
            data=data,
            headers=self._signer.headers(f"DynamoDB_20120810.{action}", data),
            timeout=_timeout(timeout_seconds),
            allow_redirects=False,
        ) as response:
            return Answer(response.status, (await response.read()).decode(errors="replace"))

    async def ensure_table(self, name: str, table: Table) -> None:
        """Create the table if the engine does not have it, and wait until it is active.

        Raises:
            LocalError: The engine does not answer, refuses, or has the name with another key.
        """
        found = await self._describe(name)
        if found is None:
            await self._create(name, table)
        elif found["KeySchema"] != table.key_schema:
            raise LocalError(
                f"the table {name} is there already with the key {found['KeySchema']},"
                f" not {table.key_schema}"
            )
        while not found or found["TableStatus"] != "ACTIVE":
            found = await self._describe(name)
            await asyncio.sleep(0.01)

    async def _describe(self, name: str) -> dict[str, Any] | None:
        status, body = await self._call_or_explain("DescribeTable", {"TableName": name})
        if status == HTTPStatus.OK:
            return dict(body["Table"])
        if str(body.get("__type", "")).endswith("ResourceNotFoundException"):
            return None
        raise LocalError(f"the engine at {self.endpoint} refused DescribeTable: {body}")

    async def _create(self, name: str, table: Table) -> None:
        status, body = await self._call_or_explain(
            "CreateTable",
            {
                "TableName": name,
                "KeySchema": table.key_schema,
                "AttributeDefinitions": table.attribute_definitions,
                "BillingMode": table.billing_mode,
            },
        )
        if status != HTTPStatus.OK:
            raise LocalError(f"the engine at {self.endpoint} refused CreateTable: {body}")

    async def _call_or_explain(self, action: str, request: dict[str, Any]) -> tuple[int, Any]:
        try:
            answer = await self.call(action, json.dumps(request))
            return answer.status, json.loads(answer.body)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            reason = str(error) or type(error).__name__
            raise LocalError(f"no DynamoDB engine answers at {self.endpoint}: {reason}") from None


@lru_cache
def _timeout(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)


def region_of(endpoint: str) -> str:
    """The AWS Region in an endpoint of DynamoDB itself; any other is in us-east-1."""
    named = re.search(r"\bdynamodb\.([a-z0-9-]+)\.amazonaws\.", endpoint)
    return named[1] if named else "us-east-1"


@asynccontextmanager
async def connect(endpoint: str, credentials: Credentials | None = None) -> AsyncIterator[DynamoDB]:
    """A `DynamoDB` whose connections are closed at the end."""
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE_SECONDS)
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=["Accept", "Accept-Encoding", "User-Agent"],
    ) as http:
        yield DynamoDB(endpoint, http, credentials)
