"""The errors that the client raises instead of returning a number."""

import copyreg
from collections.abc import Mapping
from typing import Any


class CounterError(Exception):
    """There is no number.

    Attributes:
        message: The message of the service, or the failure of the connection.
        status: The HTTP status. None: there was no response.
        numbers: The numbers so far by document, of `assign_many`.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message, status)
        self.message = message
        self.status = status
        self.numbers: dict[str, int] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the attributes: another process creates the error without its arguments."""
        return copyreg.__newobj__, (type(self), *self.args), vars(self)  # type: ignore[attr-defined]

    def __str__(self) -> str:
        return f"{self.message} (HTTP status {self.status})" if self.status else self.message


class CounterRefusedError(CounterError):
    """The service refuses the request with a 4xx, and would refuse a retry."""


class RecordRefusedError(CounterRefusedError):
    """An item that the caller writes with a document's number is refused, and so is the number.

    Attributes:
        index: The index of the item in what `also` returned.
        item: The item.
        reason: Why, as in `CancellationReasons` of DynamoDB: `Code`, `Message`, and `Item` if the
            item has `ReturnValuesOnConditionCheckFailure`.
    """

    def __init__(self, index: int, item: Mapping[str, Any], reason: Mapping[str, Any]) -> None:
        kinds = ", ".join(f"{kind} in {of.get('TableName')}" for kind, of in item.items())
        message = f"item {index} of also ({kinds}): {reason.get('Code')}: {reason.get('Message')}"
        super().__init__(message)
        self.index = index
        self.item = item
        self.reason = reason


class PartlyAssignedError(CounterRefusedError):
    """Some documents of a list have numbers, and the others get none.

    Attributes:
        of_list: The number of each document of the list. None: it has none.
    """

    def __init__(self, message: str, status: int, of_list: list[int | None]) -> None:
        super().__init__(message, status)
        self.of_list = of_list


class CounterUnavailableError(CounterError):
    """The service has no number before the deadline: 429, 5xx, or unreachable."""

    #: The seconds that the service requires before a retry.
    retry_after: float = 0
    #: Whether another URL can be requested at once.
    has_alternative: bool = False


class OvertakenError(CounterUnavailableError):
    """Other documents of the key got their numbers first, until the deadline."""

    #: The last number of the key. None: the service doesn't know it at this moment.
    last_number: int | None = None


class LimitReachedError(CounterError):
    """The next number of a key is above the limit of the caller, so it isn't issued.

    A `Series` also raises it for a number that is issued already and doesn't fit the text.

    Attributes:
        limit: The highest number that the caller allows.
    """

    def __init__(self, key: str, limit: int, number: int | None = None) -> None:
        name = "the next number" if number is None else f"number {number}"
        super().__init__(f"{name} of {key!r} must be at most {limit}")
        self.limit = limit


class UnexpectedResponseError(CounterUnavailableError):
    """The last response is from something other than a counter, such as a proxy."""


class CertificateError(CounterError):
    """The TLS certificate of the service doesn't verify."""
