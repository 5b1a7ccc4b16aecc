"""The options that change what a caller sees, each served on this machine."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from atomic_counter.options import Options
from tests.serving import ServedCounter, fail, serve
from tests.synthesis import template_file

SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c"}
Serving = Callable[..., AbstractContextManager[ServedCounter]]


@pytest.fixture
def serving(tmp_path: Path) -> Serving:
    """Serves this app with options."""

    @contextmanager
    def serving(**options: Any) -> Iterator[ServedCounter]:
        template = template_file(Options(**options), tmp_path)
        with serve(template, "--data", tmp_path / "data") as counter:
            yield counter

    return serving


def outcome(answer: requests.Response) -> tuple[int, str]:
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, answer.json()["message"]


def test_where_keys_are_registered_only_those_in_the_table_count(serving: Serving) -> None:
    with serving(keys="registered") as counter:
        unknown = (404, "this systemKey is not registered")
        assert outcome(counter.get("invoices")) == unknown
        assert outcome(counter.current("invoices")) == unknown
        assert counter.table.scan()["Items"] == []

        counter.table.put_item(Item={"systemKey": "invoices"})
        assert counter.current("invoices").text == "0"
        assert [counter.next("invoices"), counter.next("invoices", count=5)] == ["1", "6"]


def test_where_keys_are_registered_a_repeat_and_the_limit_are_told_from_an_unknown_key(
    serving: Serving,
) -> None:
    request_id = "11111111-2222-4333-8444-55555555555a"
    with serving(keys="registered") as counter:
        unknown = (404, "this systemKey is not registered")
        assert outcome(counter.get("a", idempotencyKey=request_id)) == unknown
        counter.table.put_item(Item={"systemKey": "a", "counterValue": 10**38 - 1001})
        for _ in range(2):
            assert counter.next("a", idempotencyKey=request_id, count=1000) == "9" * 38
        assert outcome(counter.get("a"))[0] == 409
        assert outcome(counter.get("a", idempotencyKey=request_id))[0] == 409


def test_with_authorization_api_key_requests_need_the_key(serving: Serving) -> None:
    with serving(authorization="api-key") as counter:
        _, _, key = counter.said.partition("API key, for the header x-api-key: ")
        assert outcome(counter.get("a")) == (403, "Forbidden")
        assert outcome(counter.request("GET", headers={"x-api-key": "b"})) == (403, "Forbidden")
        assert outcome(counter.request("GET", "/no")) == (404, "Not Found")

        counter.headers["x-api-key"] = key.splitlines()[0]
        assert [counter.next("a"), counter.current("a").text] == ["1", "1"]


def test_with_authorization_iam_requests_must_be_signed(serving: Serving) -> None:
    with serving(authorization="iam") as counter:
        assert "signatures are not checked" in counter.said
        refused = (403, "Missing Authentication Token")
        assert outcome(counter.get("a")) == refused
        assert outcome(counter.request("GET", "/no", headers=SIGNED)) == refused

        counter.headers.update(SIGNED)
        assert [counter.next("a"), counter.current("a").text] == ["1", "1"]


def test_past_throttle_rate_and_burst_requests_are_429_with_retry_after(serving: Serving) -> None:
    with serving(throttle_rate=0.1, throttle_burst=3) as counter:
        started = time.monotonic()
        answers = [counter.get("a") for _ in range(4)]
        assert time.monotonic() - started < 10, "the bucket has gained a token"
        assert [answer.text for answer in answers[:3]] == ["1", "2", "3"]
        assert outcome(answers[3]) == (429, "Too Many Requests")
        assert answers[3].headers["Retry-After"] == "1"


def test_an_option_for_another_template_is_refused(template: Path) -> None:
    status, said = fail("-c", "keys=open", "--template", template)
    assert (status, "not for a --template" in said) == (2, True)


def test_an_option_on_the_command_line_is_for_the_app() -> None:
    assert fail("-c", "keys=shut") == (
        1,
        "Synthesizing the stack ...\n"
        "error: synthesis failed: keys must be 'open' or 'registered', got 'shut'\n",
    )
