"""The operations of the API: each is an HTTP method that calls one action of DynamoDB."""

from dataclasses import dataclass

from atomic_counter.counter import mapping
from atomic_counter.options import CounterOptions, Keys


@dataclass(frozen=True)
class Operation:
    """One HTTP method of one path, and the DynamoDB action that it calls.

    Attributes:
        request: The request template, without the parts that it needs.
        response: The response template, as its parts.
        error: The response template for a 4xx of DynamoDB.
        required: The required parameters of the query string.
        optional: The other parameters that it reads, also to refuse them.
        has_list: Whether the body is a list of documents. Otherwise it's ignored.
    """

    http_method: str
    path: str
    action: str
    request: str
    response: tuple[str, ...]
    error: str = "client_error_response"
    required: tuple[str, ...] = ("systemKey",)
    optional: tuple[str, ...] = ()
    has_list: bool = False

    @property
    def permission(self) -> str:
        """The IAM action that it needs. A transaction of updates needs that of an update."""
        action = "UpdateItem" if self.action == "TransactWriteItems" else self.action
        return f"dynamodb:{action}"

    def templates(self, keys: Keys) -> dict[str, str]:
        """Return its mapping templates by name. The request template needs `$tableName`."""
        return {
            self.request: mapping.compose(self.request, keys=keys),
            self.response[-1]: mapping.compose(*self.response, keys=keys),
            self.error: mapping.compose(self.error, keys=keys),
        }


def _counting(http_method: str) -> Operation:
    return Operation(
        http_method,
        "/counter",
        "UpdateItem",
        request="update_item_request",
        response=("update_item_response",),
        optional=("count", "idempotencyKey", "documentKey", "after"),
    )


def _reading(*response: str, error: str = Operation.error) -> Operation:
    return Operation(
        "GET",
        "/counter/current",
        "GetItem",
        request="get_item_request",
        response=(*response, "get_item_response"),
        error=error,
    )


COUNTING = (_counting("GET"), _counting("POST"), _reading())
DOCUMENTS = (
    Operation(
        "GET",
        "/counter",
        "GetItem",
        request="get_document_request",
        response=("get_document_response",),
        error="document_error_response",
        required=("systemKey", "documentKey"),
    ),
    Operation(
        "POST",
        "/counter",
        "TransactWriteItems",
        request="transact_write_items_request",
        response=("transact_write_items_response",),
        error="document_error_response",
        required=("systemKey", "documentKey", "after"),
    ),
    _reading("ignore_document_item", error="document_error_response"),
    Operation(
        "POST",
        "/counter/documents",
        "TransactWriteItems",
        request="transact_write_items_request",
        response=("transact_documents_response",),
        error="document_error_response",
        required=("systemKey", "after"),
        has_list=True,
    ),
)


def operations(options: CounterOptions) -> tuple[Operation, ...]:
    """Return the operations of a counter with these options."""
    return DOCUMENTS if options.documents else COUNTING
