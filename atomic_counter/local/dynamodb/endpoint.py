"""DynamoDB over HTTP, with signed requests: any engine at an endpoint."""

import asyncio
import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Self

from awscrt.auth import AwsCredentialsProvider
from yarl import URL

from atomic_counter.local.dynamodb.connections import (
    ConnectionFailedError,
    Connections,
    EngineResponse,
)
from atomic_counter.local.dynamodb.signing import LOCAL_CREDENTIALS, Signer
from atomic_counter.local.template import Table
from atomic_counter.tooling.errors import CommandError

SERVED_OF_INDEX = {"index_name", "key_schema", "projection"}


class DynamoDB:
    """A DynamoDB endpoint, whose connections are closed at the end of the block.

    Args:
        endpoint: Its URL. The URL of DynamoDB itself contains the Region.
        credentials: The credentials that sign requests. Default: `LOCAL_CREDENTIALS`.
    """

    def __init__(
        self,
        endpoint: str,
        credentials: AwsCredentialsProvider = LOCAL_CREDENTIALS,
    ) -> None:
        self.endpoint = endpoint
        self._connections = Connections(URL(endpoint))
        self._signer = Signer(URL(endpoint), endpoint_region(endpoint), credentials)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._connections.close()

    async def call(self, action: str, body: str, timeout_seconds: float = 29) -> EngineResponse:
        """Send one request, once. API Gateway, too, waits at most 29 seconds.

        Raises:
            ConnectionFailedError: There is no readable response.
            TimeoutError: There is no response in time.
        """
        data = body.encode()
        headers = self._signer.headers(f"DynamoDB_20120810.{action}", data)
        return await self._connections.post(headers, data, timeout_seconds)

    async def ensure_table(self, name: str, table: Table) -> None:
        """Create the table unless it exists, and wait until it's active.

        Raises:
            CommandError: The engine doesn't respond or refuses, or the table has another key.
        """
        found = await self._describe(name)
        if found is None:
            await self._create(name, table)
        elif found["KeySchema"] != table.key_schema:
            raise CommandError(
                f"the key of the existing table {name} must be {table.key_schema},"
                f" got {found['KeySchema']}"
            )
        while not found or found["TableStatus"] != "ACTIVE":
            found = await self._describe(name)
            await asyncio.sleep(0.01)

    async def put_if_absent(self, parameters: Mapping[str, Any]) -> None:
        """Put an item into its table, unless the table has an item with its key.

        Args:
            parameters: The parameters of PutItem.

        Raises:
            CommandError: The engine doesn't respond or refuses.
        """
        found = await self._describe(parameters["TableName"])
        keys = [part["AttributeName"] for part in found["KeySchema"]] if found else []
        absent = " AND ".join(f"attribute_not_exists(#{n})" for n in range(len(keys)))
        request = {
            "TableName": parameters["TableName"],
            "Item": parameters["Item"],
            "ConditionExpression": absent,
            "ExpressionAttributeNames": {f"#{n}": key for n, key in enumerate(keys)},
        }
        status, body = await self._call_or_explain("PutItem", request)
        is_there = str(body.get("__type", "")).endswith("ConditionalCheckFailedException")
        if status != HTTPStatus.OK and not is_there:
            raise CommandError(f"the engine at {self.endpoint} refused a seed: {body}")

    async def _describe(self, name: str) -> dict[str, Any] | None:
        status, body = await self._call_or_explain("DescribeTable", {"TableName": name})
        table = body.get("Table")
        if isinstance(table, dict) and {"KeySchema", "TableStatus"} <= table.keys():
            return table
        if str(body.get("__type", "")).endswith("ResourceNotFoundException"):
            return None
        raise CommandError(
            f"no DynamoDB engine responds at {self.endpoint}: status {status}, {str(body)[:100]}"
        )

    async def _create(self, name: str, table: Table) -> None:
        indexes = {
            "GlobalSecondaryIndexes": table.global_secondary_indexes,
            "LocalSecondaryIndexes": table.local_secondary_indexes,
        }
        request = {
            "TableName": name,
            "KeySchema": table.key_schema,
            "AttributeDefinitions": table.attribute_definitions,
            "BillingMode": "PAY_PER_REQUEST",  # An engine has no capacity to provision.
        }
        request |= {
            kind: [index.model_dump(by_alias=True, include=SERVED_OF_INDEX) for index in found]
            for kind, found in indexes.items()
            if found
        }
        status, body = await self._call_or_explain("CreateTable", request)
        if status != HTTPStatus.OK:
            raise CommandError(f"the engine at {self.endpoint} refused CreateTable: {body}")

    async def _call_or_explain(
        self, action: str, request: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        try:
            response = await self.call(action, json.dumps(request))
            body = json.loads(response.body)
            if not isinstance(body, dict):
                raise ValueError(f"status {response.status}, {response.body[:100]!r}")
            return response.status, body
        except (ConnectionFailedError, TimeoutError, ValueError) as error:
            reason = str(error) or type(error).__name__
            raise CommandError(
                f"no DynamoDB engine responds at {self.endpoint}: {reason}"
            ) from None


def endpoint_region(endpoint: str) -> str:
    """Return the AWS Region in an endpoint of DynamoDB itself, or us-east-1."""
    named = re.search(r"\bdynamodb\.([a-z0-9-]+)\.amazonaws\.", endpoint)
    return named[1] if named else "us-east-1"
