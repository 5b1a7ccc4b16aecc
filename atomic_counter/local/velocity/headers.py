"""The headers that a response can have."""

# API Gateway renames these, or their values would break the framing of the response. Source:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
RESTRICTED_HEADERS = frozenset(
    {
        *("authorization", "connection", "content-encoding", "content-length", "content-md5"),
        *("date", "expect", "host", "keep-alive", "max-forwards", "proxy-authenticate", "server"),
        *("te", "trailer", "transfer-encoding", "upgrade", "user-agent", "via", "warn"),
        "www-authenticate",
    }
)


def check_header(name: str) -> None:
    """Check that a response can have a header of this name.

    Raises:
        ValueError: API Gateway renames or sets it, or it would break the response.
    """
    if name.lower() in RESTRICTED_HEADERS or name.lower().startswith("x-amzn-"):
        raise ValueError(f"the header {name} isn't supported: API Gateway renames or sets it")
