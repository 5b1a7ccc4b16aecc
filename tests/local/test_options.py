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
