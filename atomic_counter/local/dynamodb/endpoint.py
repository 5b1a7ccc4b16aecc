"""DynamoDB over HTTP, signed as API Gateway signs: whatever engine answers at the endpoint."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from awscrt.auth import AwsCredentialsProvider
from yarl import URL

from atomic_counter.local import LocalError
from atomic_counter.local.dynamodb.connections import Answer, ConnectionFailedError, Connections
from atomic_counter.local.dynamodb.signing import ANYBODY, Signer
from atomic_counter.local.template import Table


class DynamoDB:
    """A DynamoDB endpoint.

    Args:
        endpoint: Its URL; that of DynamoDB itself names the Region.
        connections: To it.
        credentials: Who asks. Default: `ANYBODY`.
    """

    def __init__(
        self,
        endpoint: str,
        connections: Connections,
        credentials: AwsCredentialsProvider = ANYBODY,
    ) -> None:
        self.endpoint = endpoint
        self._connections = connections
        self._signer = Signer(URL(endpoint), region_of(endpoint), credentials)

    async def call(self, action: str, body: str, timeout_seconds: float = 29) -> Answer:
        """Send one request, once.

        Args:
            action: The operation, such as `UpdateItem`.
            body: Its JSON.
            timeout_seconds: How long the answer may take. Default: 29, as in API Gateway.

        Raises:
            ConnectionFailedError: No answer: refused, dropped or unreadable.
            TimeoutError: No answer in time.
        """
        data = body.encode()
        headers = self._signer.headers(f"DynamoDB_20120810.{action}", data)
        return await self._connections.post(headers, data, timeout_seconds)

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
        except (ConnectionFailedError, TimeoutError, ValueError) as error:
            reason = str(error) or type(error).__name__
            raise LocalError(f"no DynamoDB engine answers at {self.endpoint}: {reason}") from None


def region_of(endpoint: str) -> str:
    """The AWS Region in an endpoint of DynamoDB itself; any other is in us-east-1."""
    named = re.search(r"\bdynamodb\.([a-z0-9-]+)\.amazonaws\.", endpoint)
    return named[1] if named else "us-east-1"


@asynccontextmanager
async def connect(
    endpoint: str, credentials: AwsCredentialsProvider = ANYBODY
) -> AsyncIterator[DynamoDB]:
    """A `DynamoDB` whose connections are closed at the end."""
    async with Connections(URL(endpoint)) as connections:
        yield DynamoDB(endpoint, connections, credentials)
