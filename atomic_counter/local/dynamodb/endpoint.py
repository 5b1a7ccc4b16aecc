"""DynamoDB over HTTP, with signed requests: any engine at an endpoint."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Self

from yarl import URL

from atomic_counter.local.dynamodb.connections import (
    ConnectionFailedError,
    Connections,
    IntegrationResult,
)
from atomic_counter.local.dynamodb.errors import EngineError
from atomic_counter.local.dynamodb.signing import Headers, unverified_headers

# DynamoDB creates a table within a few seconds.
TABLE_SECONDS = 60
# While a table is updated, it can be read and written.
USABLE = ("ACTIVE", "UPDATING")


class DynamoDB:
    """A DynamoDB endpoint, whose connections are closed at the end of the block.

    Args:
        endpoint: Its URL.
        headers: Returns the headers of a request. Default: headers that aren't signed, for an
            engine that verifies no signature.
    """

    def __init__(self, endpoint: str, headers: Headers | None = None) -> None:
        self.endpoint = endpoint
        self._connections = Connections(URL(endpoint))
        self._headers = headers or unverified_headers(URL(endpoint))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._connections.close()

    async def call(self, action: str, body: str, timeout_seconds: float = 29) -> IntegrationResult:
        """Send one request, once. API Gateway, too, waits at most 29 seconds.

        Raises:
            ConnectionFailedError: There is no readable response.
            TimeoutError: There is no response in time.
        """
        data = body.encode()
        headers = self._headers(f"DynamoDB_20120810.{action}", data)
        return await self._connections.post(headers, data, timeout_seconds)

    async def ensure_table(self, parameters: Mapping[str, Any]) -> None:
        """Create a table unless it exists, and wait until it's active.

        Args:
            parameters: The parameters of CreateTable.

        Raises:
            EngineError: The engine doesn't respond or refuses, the table has another key, or it
                can't be used within a minute.
        """
        name, key = parameters["TableName"], parameters["KeySchema"]
        found = await self._describe(name)
        if found is None:
            await self._create(parameters)
        elif found["KeySchema"] != key:
            raise EngineError(
                f"the key of the existing table {name} must be {key}, got {found['KeySchema']}"
            )
        await self._wait_until_usable(name)

    async def has_table(self, name: str) -> bool:
        """Return whether a table exists.

        Args:
            name: The table's name.

        Raises:
            EngineError: The engine doesn't respond.
        """
        return await self._describe(name) is not None

    async def put_if_absent(self, parameters: Mapping[str, Any]) -> None:
        """Put an item into its table, unless the table has an item with its key.

        Args:
            parameters: The parameters of PutItem.

        Raises:
            EngineError: The engine doesn't respond or refuses.
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
        exists = str(body.get("__type", "")).endswith("ConditionalCheckFailedException")
        if status != HTTPStatus.OK and not exists:
            raise EngineError(f"the engine at {self.endpoint} refused a seed: {body}")

    async def _describe(self, name: str) -> dict[str, Any] | None:
        status, body = await self._call_or_explain("DescribeTable", {"TableName": name})
        table = body.get("Table")
        if isinstance(table, dict) and {"KeySchema", "TableStatus"} <= table.keys():
            return table
        if str(body.get("__type", "")).endswith("ResourceNotFoundException"):
            return None
        raise EngineError(
            f"no DynamoDB engine responds at {self.endpoint}: status {status}, {str(body)[:100]}"
        )

    async def _wait_until_usable(self, name: str) -> None:
        status = "no table"
        with suppress(TimeoutError):
            async with asyncio.timeout(TABLE_SECONDS):
                while True:
                    found = await self._describe(name)
                    status = found["TableStatus"] if found else "no table"
                    if status in USABLE:
                        return
                    await asyncio.sleep(0.01)
        raise EngineError(
            f"the table {name} at {self.endpoint} must be ACTIVE, got {status} for {TABLE_SECONDS}"
            " seconds: wait until it is, or delete it"
        )

    async def _create(self, parameters: Mapping[str, Any]) -> None:
        status, body = await self._call_or_explain("CreateTable", parameters)
        if status != HTTPStatus.OK:
            raise EngineError(f"the engine at {self.endpoint} refused CreateTable: {body}")

    async def _call_or_explain(
        self, action: str, request: Mapping[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        try:
            response = await self.call(action, json.dumps(request))
            body = json.loads(response.body)
            if not isinstance(body, dict):
                raise ValueError(f"status {response.status}, {response.body[:100]!r}")
            return response.status, body
        except (ConnectionFailedError, TimeoutError, ValueError) as error:
            reason = str(error) or type(error).__name__
            raise EngineError(f"no DynamoDB engine responds at {self.endpoint}: {reason}") from None
