"""The path of a request: from HTTP to DynamoDB and back, in the steps of API Gateway."""

from atomic_counter.local.gateway.gateway import Gateway
from atomic_counter.local.gateway.server import Server

__all__ = ["Gateway", "Server"]
