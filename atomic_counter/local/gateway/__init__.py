"""The way of a request: HTTP in, a call of DynamoDB, HTTP out, as API Gateway goes it."""

from atomic_counter.local.gateway.references import Input, Overrides, Util
from atomic_counter.local.gateway.server import Server
from atomic_counter.local.gateway.steps import Gateway

__all__ = ["Gateway", "Input", "Overrides", "Server", "Util"]
