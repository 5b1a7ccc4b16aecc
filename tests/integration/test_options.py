"""The options that change the behavior for callers, on this machine."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from atomic_counter.options import AppOptions
from tests.served_counter import ServedCounter, serve, serve_error
from tests.synthesis import template_file

Serving = Callable[..., AbstractContextManager[ServedCounter]]


@pytest.fixture
def serving(tmp_path: Path) -> Serving:
    """A function that serves this app with options."""

    @contextmanager
    def serving(**options: Any) -> Iterator[ServedCounter]:
        template = template_file(AppOptions(**options), tmp_path)
        with serve(template, "--data", tmp_path / "data") as counter:
            yield counter

    return serving


def outcome(response: requests.Response) -> tuple[int, str]:
    assert response.headers["Cache-Control"] == "no-store"
    return response.status_code, response.json()["message"]


def test_requests_beyond_rate_and_burst_are_429_with_retry_after(serving: Serving) -> None:
    with serving(throttle_rate=0.1, throttle_burst=3) as counter:
        started = time.monotonic()
        issued = []
        while (response := counter.get("a")).ok:
            issued.append(response.text)
        gained = 0.1 * (time.monotonic() - started)
        assert issued[:3] == ["1", "2", "3"]
        assert len(issued) - 3 <= gained
        assert outcome(response) == (429, "Too Many Requests")
        assert response.headers["Retry-After"] == "1"


def test_option_with_another_template_is_refused(template: Path) -> None:
    error = serve_error("-c", "keys=open", "--template", template)
    assert error == "error: --context is for this app: remove --template or --context\n"


def test_option_on_the_command_line_reaches_the_app() -> None:
    assert serve_error("-c", "keys=shut") == (
        "Synthesizing the stack ...\n"
        "error: synthesis failed: keys must be 'open' or 'registered', got 'shut'\n"
    )
