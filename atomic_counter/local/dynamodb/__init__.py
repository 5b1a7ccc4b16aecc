"""The DynamoDB engine on this machine or elsewhere, and the connections to it."""

from atomic_counter.local.dynamodb.cloud import Backend, CloudLimits
from atomic_counter.local.dynamodb.connections import ConnectionFailedError, EngineResponse
from atomic_counter.local.dynamodb.endpoint import DynamoDB
from atomic_counter.local.dynamodb.engine import dynalite, running_endpoint
from atomic_counter.local.dynamodb.signing import LOCAL_CREDENTIALS, Signer, default_credentials

__all__ = [
    "LOCAL_CREDENTIALS",
    "Backend",
    "CloudLimits",
    "ConnectionFailedError",
    "DynamoDB",
    "EngineResponse",
    "Signer",
    "default_credentials",
    "dynalite",
    "running_endpoint",
]
