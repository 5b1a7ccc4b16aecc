"""The error of a call of DynamoDB."""

from collections.abc import Mapping
from typing import Any

from atomic_counter.client.errors import CounterRefusedError


class DynamoDbError(CounterRefusedError):
    """DynamoDB refuses a request, and would refuse a retry.

    Attributes:
        code: The name of the error, such as `ValidationException`.
        details: The body of the response.
    """

    def __init__(self, code: str, message: str, status: int, details: Mapping[str, Any]) -> None:
        super().__init__(f"{code}: {message}", status)
        self.code = code
        self.details = details
