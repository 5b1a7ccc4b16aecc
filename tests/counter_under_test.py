"""A counter under test, wherever it runs."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import boto3
import requests


@dataclass
class Counter:
    """The URL that counts and, where it can be reached, the table behind it.

    Attributes:
        url: Without its query string.
        table: A boto3 table; None where only the URL is known.
        headers: Sent with every request.
    """

    url: str
    table: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    used: list[str] = field(default_factory=list)

    def request(
        self,
        http_method: str,
        path: str = "",
        *,
        headers: dict[str, str] | None = None,
        **rest: Any,
    ) -> requests.Response:
        """Send one request, without retries; `rest` is as for `requests.request`."""
        all_headers = {**self.headers, **(headers or {})}
        return requests.request(
            http_method, self.url + path, headers=all_headers, timeout=30, **rest
        )

    def get(self, system_key: str, **parameters: object) -> requests.Response:
        return self.request("GET", params={"systemKey": system_key, **parameters})

    def next(self, system_key: str, **parameters: object) -> str:
        return self.get(system_key, **parameters).text

    def current(self, system_key: str) -> requests.Response:
        return self.request("GET", "/current", params={"systemKey": system_key})

    def fresh_key(self, text: str = "") -> str:
        """A key that nothing else uses, with `text` in it; `clean_up` removes its item."""
        self.used.append(f"test {text} {uuid4()}")
        return self.used[-1]

    def clean_up(self) -> None:
        while self.table and self.used:
            self.table.delete_item(Key={"systemKey": self.used.pop()})


def local_table(endpoint: str, name: str) -> Any:
    """A table of an engine on this machine."""
    return boto3.resource(
        "dynamodb",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    ).Table(name)
