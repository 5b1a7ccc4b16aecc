"""DynamoDB over HTTP, signed as API Gateway signs: whatever engine answers at the endpoint."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, NamedTuple

import aiohttp
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from yarl import URL

from atomic_counter.local import LocalError
from atomic_counter.local.resources import Table

CONNECT_SECONDS = 1.5
# Shorter than the engine's (5 seconds in Node.js), so that no write goes into a closing connection.
KEEP_ALIVE_SECONDS = 3


class Answer(NamedTuple):
    status: int
    body: str


class DynamoDB:
    """A DynamoDB endpoint."""

    def __init__(
        self,
        endpoint: str,
        http: aiohttp.ClientSession,
        region: str = "us-east-1",
        credentials: Credentials | None = None,
    ) -> None:
        self.endpoint = endpoint
        self._url = URL(endpoint)
        self._http = http
        self._signer = SigV4Auth(credentials or Credentials("local", "local"), "dynamodb", region)

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
        request = AWSRequest(
            method="POST",
            url=self.endpoint,
            headers={
                "Content-Type": "application/x-amz-json-1.0",
                "X-Amz-Target": f"DynamoDB_20120810.{action}",
            },
            data=body.encode(),
        )
        self._signer.add_auth(request)
        timeout = aiohttp.ClientTimeout(total=timeout_seconds, sock_connect=CONNECT_SECONDS)
        async with self._http.post(
            self._url,
            data=request.data,
            headers=dict(request.headers.items()),
            timeout=timeout,
            allow_redirects=False,
        ) as response:
            return Answer(response.status, await response.text())

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


@asynccontextmanager
async def connect(
    endpoint: str, region: str = "us-east-1", credentials: Credentials | None = None
) -> AsyncIterator[DynamoDB]:
    """A `DynamoDB` whose connections are closed at the end."""
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE_SECONDS)
    async with aiohttp.ClientSession(connector=connector) as http:
        yield DynamoDB(endpoint, http, region, credentials)
