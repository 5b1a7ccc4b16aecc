"""Connections over HTTP: one attempt of a request, with a whole response or an error."""

from atomic_counter.client.connections.attempts import Attempt
from atomic_counter.client.connections.exchange import ConnectionSettings, HttpConnections
from atomic_counter.client.connections.responses import Response, Result, load_authorities

__all__ = [
    "Attempt",
    "ConnectionSettings",
    "HttpConnections",
    "Response",
    "Result",
    "load_authorities",
]
