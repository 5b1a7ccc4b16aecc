"""The DynamoDB engine on this machine, or another one, and the way to it."""

from atomic_counter.local.dynamodb.cloud import Backend, CloudLimits
from atomic_counter.local.dynamodb.connections import Answer, ConnectionFailedError
from atomic_counter.local.dynamodb.endpoint import DynamoDB, connect
from atomic_counter.local.dynamodb.engine import dynalite, endpoint_of
from atomic_counter.local.dynamodb.signing import ANYBODY, Signer, own_credentials

__all__ = [
    "ANYBODY",
    "Answer",
    "Backend",
    "CloudLimits",
    "ConnectionFailedError",
    "DynamoDB",
    "Signer",
    "connect",
    "dynalite",
    "endpoint_of",
    "own_credentials",
]
