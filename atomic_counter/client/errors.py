"""What a client raises instead of a number."""


class CounterError(Exception):
    """No number.

    Attributes:
        message: What the service said, or what went wrong on the way to it.
        status: The HTTP status; None without an answer.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message, status)
        self.message = message
        self.status = status

    def __str__(self) -> str:
        return f"{self.message} (HTTP status {self.status})" if self.status else self.message


class CounterRefusedError(CounterError):
    """The service refused the request, with a 4xx; to send it again would not help."""


class CounterUnavailableError(CounterError):
    """No number until the deadline: throttled (429), failing (5xx), or not to be reached."""

    #: For how many seconds the service asked to be left alone.
    retry_after: float = 0
    #: Whether another URL can be asked at once.
    goes_on: bool = False


class UnexpectedAnswerError(CounterError):
    """What answers is not a counter, such as a proxy, or another page at that URL."""
