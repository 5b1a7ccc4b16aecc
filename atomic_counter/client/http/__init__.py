"""The HTTP API as the client's transport."""

from atomic_counter.client.http.endpoints import endpoints
from atomic_counter.client.http.transport import HttpTransport

__all__ = ["HttpTransport", "endpoints"]
