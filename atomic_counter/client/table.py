"""The clients of a table, without the HTTP API between."""

from functools import partial
from typing import TYPE_CHECKING

from atomic_counter.client.aio import AsyncClient
from atomic_counter.client.arguments import plain_string
from atomic_counter.client.base import BaseClient
from atomic_counter.client.blocking import BlockingClient
from atomic_counter.client.dynamodb import Also, DynamoDbApi, DynamoDbTransport, TableKeys

if TYPE_CHECKING:
    from boto3.session import Session


class TableArguments(BaseClient):
    """The arguments of both clients of a table."""

    def __init__(  # noqa: PLR0913 (each has a default, and a name at the call)
        self,
        table: str,
        *,
        session: "Session | None" = None,
        endpoint_url: str | None = None,
        keys: TableKeys = "open",
        timeout: float = 10,
        deadline: float = 30,
        slots: str | None = None,
    ) -> None:
        name = plain_string("table", table)
        if keys not in ("open", "registered"):
            raise ValueError(f"keys must be 'open' or 'registered', got {keys!r}")

        def create_transport() -> DynamoDbTransport:
            api = DynamoDbApi(session or _new_session(), endpoint_url)
            return DynamoDbTransport(api, name, keys)

        super().__init__(create_transport, timeout, deadline, slots)


def _new_session() -> "Session":
    try:
        import boto3  # noqa: PLC0415 (a client of the HTTP API works without)
    except ModuleNotFoundError as error:
        message = "TableClient needs boto3: install it, or this package with the extra aws"
        raise ModuleNotFoundError(message, name=error.name) from error

    from botocore.exceptions import BotoCoreError  # noqa: PLC0415 (as above)

    try:
        return boto3.Session()
    except BotoCoreError as error:
        raise ValueError(str(error)) from error


class TableClient(TableArguments, BlockingClient):
    """The client of a counter's table, for AWS code such as a Lambda function.

    client = TableClient("TABLE")
    number = client.next("invoices")

    It calls DynamoDB with AWS credentials, and counts as the HTTP API does: its methods and
    guarantees are those of `CounterClient`, and both can use a table at the same time. A retry of
    one is recognized by the other. `counter.grant_count` of the construct grants what it needs.
    `docs/aws-code.md` describes it.

    Args:
        table: The table's name or ARN, such as the output `tablename`.
        session: A session of boto3, with credentials and a Region. A client with a session can't be
            pickled. Default: a new one for each process, configured as the AWS CLI is.
        endpoint_url: Another engine than DynamoDB, such as the one that `make serve` prints.
            Default: DynamoDB, or that of the session's configuration.
        keys: `open`: a new key starts at 1 on first use. `registered`: only keys that are in the
            table count. It must be the option of the counter. Default: `open`.
        timeout: Seconds that one attempt may take. Default: 10.
        deadline: Seconds that a call may take with its retries. Default: 30.
        slots: The slots of this process, as for `CounterClient`. Default: all slots.

    Raises:
        ModuleNotFoundError: boto3 isn't installed.
        ValueError: There are no credentials or no Region, or an argument has another value.
    """

    def assign(
        self, key: str, document: str, *, limit: int | None = None, also: Also | None = None
    ) -> int:
        """Return the number of a document, the same forever: the next of `key` if it has none yet.

        The items of `also` are written in the transaction that gives the document its number: both
        or neither, and never twice. A document that has a number keeps it, and nothing is written.

        Args:
            key: The counter.
            document: What identifies the document, such as the id of an order.
            limit: The highest number that a document may get. Default: None, which is none.
            also: Gets the number, and returns up to 98 items of `TransactWriteItems`, such as
                `[{"Put": {"TableName": …, "Item": {"id": {"S": "order-17"}, …}}}]`. It's called
                for each number that is tried. Default: None, which is none.

        Raises:
            RecordRefusedError: An item of `also` is refused, such as by its own condition. The
                document has no number, and no item is written.
            CounterError: As for `CounterClient.assign`.
            TypeError: `also` returns something other than a list of items.
            ValueError: The limit isn't a whole number above 0, or `also` returns too many items.
        """
        return self._calls.documents.assign(self._deadline(), key, document, limit, also=also)


class AsyncTableClient(TableArguments, AsyncClient):
    """The client of a counter's table for asyncio programs, as `TableClient`.

    client = AsyncTableClient("TABLE")
    number = await client.next("invoices")

    The arguments are those of `TableClient`.
    """

    async def assign(
        self, key: str, document: str, *, limit: int | None = None, also: Also | None = None
    ) -> int:
        """Return the number of a document, as `TableClient.assign`."""
        assign = partial(self._calls.documents.assign, also=also)
        return await self._call(assign, key, document, limit)
