"""DynamoDB's API as the transport of a client: the items are those of the HTTP API."""

from atomic_counter.client.dynamodb.api import DynamoDbApi
from atomic_counter.client.dynamodb.requests import Also, TableKeys
from atomic_counter.client.dynamodb.transport import DynamoDbTransport

__all__ = ["Also", "DynamoDbApi", "DynamoDbTransport", "TableKeys"]
