"""Requests are signed for the Region of the endpoint."""

import pytest

from atomic_counter.local.dynamodb.endpoint import endpoint_region


@pytest.mark.parametrize(
    ("endpoint", "region"),
    [
        ("https://dynamodb.eu-west-1.amazonaws.com", "eu-west-1"),
        ("https://dynamodb.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("http://127.0.0.1:8000", "us-east-1"),
        ("http://dynamodb.example.com:8000", "us-east-1"),
    ],
)
def test_endpoint_of_dynamodb_itself_contains_the_region(endpoint: str, region: str) -> None:
    assert endpoint_region(endpoint) == region
