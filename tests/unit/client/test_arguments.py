"""Wrong arguments raise the documented errors, at once, and members of enums are what they mean."""

from collections.abc import Iterable
from enum import Enum, IntEnum
from typing import Any
from uuid import uuid4

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import CredentialRetrievalError
from hypothesis import given
from hypothesis import strategies as st

from atomic_counter.client import AsyncCounterClient, CounterClient
from atomic_counter.client.iam import IamAuth
from tests.fake_counter import FakeCounter

URL = "https://counter.test/counter"
WRONG_URLS = [
    None,
    7,
    b"http://a/counter",
    "http://a:0/counter",
    "http://*.a/counter",
    "http://a:b",
]


@pytest.mark.parametrize("client", [CounterClient, AsyncCounterClient])
@pytest.mark.parametrize("url", [*WRONG_URLS, *([URL, each] for each in WRONG_URLS), {}, ()])
def test_wrong_url_is_a_value_error(client: Any, url: Any) -> None:
    with pytest.raises(ValueError, match="url must be an http or https URL"):
        client(url)


@given(st.text() | st.binary() | st.lists(st.text()) | st.from_regex(r"https?://.{0,20}"))
def test_any_url_is_one_or_a_value_error(url: Any) -> None:
    message = "url must be an http or https URL"
    try:
        CounterClient(url)
    except ValueError as error:
        message = str(error)
    assert "url must be an http or https URL" in message


@pytest.mark.parametrize("api_key", [7, b"secret", "sec\nret", "sécret", "secret ", ["secret", 7]])
def test_wrong_api_key_is_a_value_error_without_the_key(api_key: Any) -> None:
    urls = [URL] * len(api_key) if isinstance(api_key, list) else URL
    with pytest.raises(ValueError, match="api_key must be visible ASCII characters") as error:
        CounterClient(urls, api_key=api_key)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("auth", [("user", "password"), "secret"])
def test_auth_that_is_no_function_is_a_type_error(auth: Any) -> None:
    with pytest.raises(TypeError, match="auth must be a function"):
        CounterClient(URL, auth=auth)


@pytest.mark.parametrize("seconds", [10**400, 1e300, 10**12])
def test_time_beyond_what_the_system_counts_is_as_good_as_none(
    fake: FakeCounter, seconds: float
) -> None:
    client = CounterClient(fake.url, timeout=seconds, deadline=seconds, return_after=seconds)
    assert client.next(str(uuid4())) == 1


@pytest.mark.parametrize("key", ["\ud800", "a\udfff"])
def test_key_without_utf_8_is_a_value_error(key: str) -> None:
    client = CounterClient(URL)
    calls: Iterable[Any] = (
        lambda: client.next(key),
        lambda: client.assign("a", key),
        lambda: client.number_of(key, "a"),
        lambda: client.counter(key, block=10),
    )
    for call in calls:
        with pytest.raises(ValueError, match="must be valid Unicode"):
            call()


def test_key_of_a_counter_is_checked_at_once() -> None:
    wrong: Any = 7
    with pytest.raises(TypeError, match="key must be a string, got 7"):
        CounterClient(URL).counter(wrong, block=10)


@pytest.mark.parametrize("wrong", [b"c0ffee00-0000-4000-8000-000000000000", 1.5, ["a"]])
def test_idempotency_key_of_another_type_is_a_value_error(wrong: Any) -> None:
    with pytest.raises(ValueError, match="idempotency_key must be a UUID"):
        CounterClient(URL).next("a", idempotency_key=wrong)


def test_member_of_an_enum_is_the_count_of_its_value(fake: FakeCounter) -> None:
    class Size(int, Enum):
        TEN = 10

    class Other(IntEnum):
        TEN = 10

    client = CounterClient(fake.url)
    assert len(client.reserve(str(uuid4()), Size.TEN)) == 10
    assert next(client.counter(str(uuid4()), block=Other.TEN)) == 1
    assert {request.query["count"][0] for request in fake.requests} == {"10"}


def test_credentials_that_cannot_be_had_now_are_retried(fake: FakeCounter) -> None:
    class Flaky(Credentials):  # type: ignore[misc]
        are_missing = True

        def get_frozen_credentials(self) -> Any:
            if self.are_missing:
                self.are_missing = False
                raise CredentialRetrievalError(provider="test", error_msg="no network")
            return super().get_frozen_credentials()

    auth = IamAuth("us-east-1", Flaky("id", "secret"))
    assert CounterClient(fake.url, auth=auth).next(str(uuid4())) == 1
