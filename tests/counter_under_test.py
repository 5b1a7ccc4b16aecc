"""A counter under test, wherever it runs."""

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import boto3
import requests
from requests.auth import AuthBase

from atomic_counter.options import Keys

KEY_RULE = "systemKey must be 1 to 2048 bytes of UTF-8 and not blank"
DOCUMENT_RULE = (
    "documentKey must be up to 2047 bytes of UTF-8 together with systemKey, not blank and without"
    " control characters"
)
AFTER_RULE = "after must be a whole number of up to 37 digits"
LOCAL: dict[str, Any] = {
    "region_name": "us-east-1",
    "aws_access_key_id": "local",
    "aws_secret_access_key": "local",
}
MISSING_KEY = "Missing required request parameters: [systemKey]"
UNCOUNTABLE = (
    "the value stored for this systemKey is not a whole number of 0 or more or has reached"
    " 38 digits"
)


@dataclass
class Counter:
    """The URL that counts and, if it's accessible, the table behind it.

    Attributes:
        url: The URL that counts, without its query string.
        table: A boto3 table. None: only the URL is known.
        headers: The headers of every request.
        auth: Signs every request.
        keys: The option. If it's `registered`, a fresh key is put into the table.
    """

    url: str
    table: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    auth: AuthBase | None = None
    keys: Keys = "open"
    used: list[str] = field(default_factory=list)

    def request(
        self,
        http_method: str,
        path: str = "",
        *,
        headers: dict[str, str] | None = None,
        **rest: Any,
    ) -> requests.Response:
        """Send one request, without retries. `rest` is as for `requests.request`."""
        all_headers = {**self.headers, **(headers or {})}
        return requests.request(
            http_method, self.url + path, headers=all_headers, auth=self.auth, timeout=30, **rest
        )

    def get(self, system_key: str, **parameters: object) -> requests.Response:
        return self.request("GET", params={"systemKey": system_key, **parameters})

    def next(self, system_key: str, **parameters: object) -> str:
        return self.get(system_key, **parameters).text

    def current(self, system_key: str) -> requests.Response:
        return self.request("GET", "/current", params={"systemKey": system_key})

    def assign(self, system_key: str, document: str, after: object) -> requests.Response:
        """Request the number of a document."""
        parameters = {"systemKey": system_key, "documentKey": document, "after": after}
        response = self.request("POST", params=parameters)
        if response.ok:
            self.used.append(item_key(system_key, document))
        return response

    def assign_list(
        self, system_key: str, documents: list[str], after: object
    ) -> requests.Response:
        """Request the numbers of a list of documents."""
        parameters = {"systemKey": system_key, "after": after}
        response = self.request("POST", "/documents", params=parameters, json=documents)
        if response.ok:
            self.used += [item_key(system_key, document) for document in documents]
        return response

    def number_of(self, system_key: str, document: str) -> requests.Response:
        return self.get(system_key, documentKey=document)

    def fresh_key(self, text: str = "") -> str:
        """Return a key that nothing else uses and that contains `text`."""
        return self.use(f"test {text} {uuid4()}")

    def use(self, key: str) -> str:
        """Use a key, whose item `clean_up` deletes."""
        self.used.append(key)
        if self.keys == "registered":
            self.table.put_item(Item={"systemKey": key})
        return key

    def for_stranger(self) -> "Counter":
        """Return the same counter, without an API key or credentials."""
        return replace(self, headers={}, auth=None)

    def clean_up(self) -> None:
        while self.table and self.used:
            self.table.delete_item(Key={"systemKey": self.used.pop()})


def item_key(system_key: str, document: str) -> str:
    """Return the key of a document's item."""
    return f"{system_key}\t{document}"


def error(response: requests.Response) -> tuple[int, Any]:
    """Return status and message of a response, which must have the form of every error."""
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    (name, message), *rest = response.json().items()
    assert (name, rest) == ("message", [])
    return response.status_code, message


def fill(table: Any, key: str, numbers: dict[str, Any], last: Any = None) -> None:
    """Write a counter, and the items of documents with these numbers."""
    counter = {} if last is None else {"counterValue": {"Value": last}}
    table.update_item(Key={"systemKey": key}, AttributeUpdates=counter)
    for document, number in numbers.items():
        updates = {"documentNumber": {"Value": number}}
        item = {"systemKey": item_key(key, document)}
        table.update_item(Key=item, AttributeUpdates=updates)


def item_of(table: Any, key: str) -> dict[str, Any] | None:
    """Return the item of a key, if it has one."""
    found: dict[str, Any] | None = table.get_item(Key={"systemKey": key}).get("Item")
    return found


def create_table(dynamodb: Any, key: str, kind: str = "S") -> str:
    """Create a table with this key, and return its name."""
    name = f"{key}-{uuid4()}"
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": kind}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 0.05})
    return name


def local_table(endpoint: str, name: str) -> Any:
    """Return a table of an engine on this machine."""
    return boto3.resource("dynamodb", endpoint_url=endpoint, **LOCAL).Table(name)


def local_dynamodb(endpoint: str) -> Any:
    """Return a client of an engine on this machine."""
    return boto3.client("dynamodb", endpoint_url=endpoint, **LOCAL)
