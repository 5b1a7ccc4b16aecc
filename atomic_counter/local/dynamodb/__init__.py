"""The DynamoDB engine on this machine or elsewhere, and the connections to it."""

from atomic_counter.local.dynamodb.cloud import Backend, SimulatedCloud
from atomic_counter.local.dynamodb.connections import ConnectionFailedError, IntegrationResult
from atomic_counter.local.dynamodb.endpoint import DynamoDB
from atomic_counter.local.dynamodb.engine import dynalite, running_endpoint
from atomic_counter.local.dynamodb.errors import EngineError
from atomic_counter.local.dynamodb.signing import (
    endpoint_region,
    signed_headers,
    unverified_headers,
)

__all__ = [
    "Backend",
    "ConnectionFailedError",
    "DynamoDB",
    "EngineError",
    "IntegrationResult",
    "SimulatedCloud",
    "dynalite",
    "endpoint_region",
    "running_endpoint",
    "signed_headers",
    "unverified_headers",
]
