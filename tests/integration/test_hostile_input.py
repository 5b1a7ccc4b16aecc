"""Whatever a client sends, one item changes by the count, or nothing changes."""

import json
import socket
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.served_counter import ServedCounter, serve

Items = dict[str, int]

FRAGMENTS = st.sampled_from(
    [
        *["'", '"', "\\", "\\'", '\\"', "$key", "${key}", "#set($key = 1)", "#end", "##", "#*"],
        *['"}},"TableName":"x', '{"S":"a"}', "\r\n", "&count=5", ";", "%00", "\0", "\x7f", " "],
    ]
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
KEYS = st.one_of(
    TEXTS,
    st.lists(FRAGMENTS).map("".join),
    st.tuples(st.sampled_from("xé☃😀"), st.integers(2040, 2056)).map(
        lambda sized: (sized[0] * sized[1]).encode()[: sized[1]].decode(errors="ignore")
    ),
)
COUNTS = st.one_of(st.integers(-1, 1002).map(str), st.integers().map(str), TEXTS, FRAGMENTS)


@pytest.fixture(scope="module")
def counter(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedCounter]:
    """A counter with nothing in its table."""
    with serve(template, "--data", tmp_path_factory.mktemp("hostile")) as served:
        yield served


def items(table: Any) -> Items:
    """Return the table's content, whose items must have the form of counters."""
    found: Items = {}
    pages: dict[str, Any] = {}
    while True:
        page = table.scan(**pages)
        for item in page["Items"]:
            assert item.keys() == {"systemKey", "counterValue"}
            found[item["systemKey"]] = int(item["counterValue"])
        if "LastEvaluatedKey" not in page:
            return found
        pages = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(key=KEYS, count=COUNTS, request_id=st.just("") | TEXTS | FRAGMENTS)
@example(key='"}},"TableName":"x', count="1", request_id="")
@example(key="__FORMAL_REFERENCE__REPLACE_TEXT__", count="2", request_id="")
@example(key="x", count='1"}},"UpdateExpression":"SET counterValue = :count', request_id="")
@example(key="x", count="1", request_id="11111111-2222-4333-8444-55555555555a SET x")
def test_one_item_changes_by_the_count_or_nothing_changes(
    counter: ServedCounter, key: str, count: str, request_id: str
) -> None:
    before = items(counter.table)
    response = counter.get(key, count=count, idempotencyKey=request_id)
    after = items(counter.table)
    if response.status_code == 200:
        assert request_id == ""
        assert after == before | {key: before.get(key, 0) + int(count or "1")}
        assert response.text == str(after[key])
    else:
        assert (response.status_code, after) == (400, before)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(key=KEYS)
def test_reading_changes_nothing(counter: ServedCounter, key: str) -> None:
    before = items(counter.table)
    response = counter.current(key)
    assert items(counter.table) == before
    assert response.status_code == 400 or response.text == str(before.get(key, 0))


LINE = b"POST /prod/counter?systemKey=a HTTP/1.1\r\n"
NO_REQUESTS = {
    "no HTTP": b"no HTTP at all",
    "a long header": LINE + b"X: " + b"x" * 100_000,
    "a length that is none": LINE + b"Content-Length: x",
}


@pytest.mark.parametrize("text", NO_REQUESTS.values(), ids=NO_REQUESTS.keys())
def test_invalid_http_is_refused_in_the_form_of_every_error(
    counter: ServedCounter, text: bytes
) -> None:
    url = urlsplit(counter.url)
    with socket.create_connection((url.hostname, url.port), timeout=60) as connection:
        connection.sendall(text + b"\r\n\r\n")
        response = HTTPResponse(connection)
        response.begin()
        assert json.load(response) == {"message": "Bad Request"}
    assert (response.status, response.getheader("Cache-Control")) == (400, "no-store")
    assert response.getheader("Content-Type") == "application/json"
