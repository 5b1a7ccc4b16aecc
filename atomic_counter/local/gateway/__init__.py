"""The way of a request: from HTTP to DynamoDB and back, in the steps of API Gateway."""

from atomic_counter.local.gateway.gateway import Gateway
from atomic_counter.local.gateway.server import Server
from atomic_counter.local.gateway.variables import Input, Overrides, Util

__all__ = ["Gateway", "Input", "Overrides", "Server", "Util"]
