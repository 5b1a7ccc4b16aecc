"""The command `audit` counts, plots, and finds a planted defect."""

import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from atomic_counter.__main__ import main
from tests.counter_under_test import Counter
from tests.integration.fake_dynamodb import fake_dynamodb
from tests.served_counter import serve


def audit(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "atomic_counter", "audit", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_correct_counter_passes_and_is_reported(counter: Counter, tmp_path: Path) -> None:
    figures, picture = tmp_path / "figures.json", tmp_path / "picture.png"
    many = ["--requests", "200", "--clients", "8", "--keys", "2", "--block", "10"]
    done = audit(counter.url, *many, "--json", figures, "--plot", picture)
    found = json.loads(figures.read_text())
    assert (done.returncode, done.stderr) == (0, "")
    assert (found["requests"], found["numbers"]) == (200, 2000)
    assert (found["duplicates"], found["gaps"], found["errors"]) == (0, 0, {})
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.fixture
def defective(template: Path) -> Iterator[str]:
    """The URL of a counter whose engine issues one number in a thousand twice."""
    numbers = (number for n in itertools.count(1) for number in [n] * (1 + (n % 1000 == 0)))
    with fake_dynamodb() as engine:
        engine.body = lambda: {"Attributes": {"counterValue": {"N": str(next(numbers))}}}
        with serve(template, "--dynamodb-endpoint", engine.endpoint) as counter:
            yield counter.url


def test_duplicate_number_is_found_with_status_1(
    defective: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", defective, "--requests", "1200", "--clients", "1"]) == 1
    assert "1 numbers were issued more than once" in capsys.readouterr().out


def test_no_number_at_all_is_status_2(
    counter: Counter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = str(tmp_path / "picture.png")
    assert main(["audit", f"{counter.url}/no", "--requests", "2", "--plot", picture]) == 2
    assert "No number was issued." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("wrong", "output"),
    [
        (["--clients", "0"], "--clients must be a whole number of at least 1, got 0"),
        (["--duration", "x"], "--duration must be a number above 0, got x"),
        (["--block", "1001"], "--block must be a whole number from 1 to 1000, got 1001"),
        (["--json", "/no/a.json"], "--json must be a file in an existing folder, got /no/a.json"),
        (["--plot", "/no/a.png"], "in an existing folder, got /no/a.png"),
        (["--plot", "a.gif"], "--plot must be a file whose name ends with .png in an existing"),
        (["--key", "a", "--keys", "2"], "give either --keys or --key"),
        (["--serve"], "give either URL or --serve"),
    ],
)
def test_wrong_argument_is_reported_with_the_allowed_values(
    wrong: list[str], output: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "http://127.0.0.1:1", *wrong]) == 2
    assert output in capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:1/counter", "Connection refused: 127.0.0.1:1"),
        ("http://nowhere.invalid/counter", "unknown host nowhere.invalid"),
    ],
)
def test_first_reason_for_no_response_is_reported(
    url: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", url, "--requests", "2"]) == 2
    assert f"The first request without a response: {reason}" in capsys.readouterr().out


def test_request_without_response_is_retried_only_ten_times(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    url = "http://127.0.0.1:1/counter"
    assert main(["audit", url, "--requests", "2", "--idempotent", "--json", str(figures)]) == 2
    assert json.loads(figures.read_text())["requests"] == 20


def test_tls_failure_is_reported(counter: Counter, capsys: pytest.CaptureFixture[str]) -> None:
    main(["audit", counter.url.replace("http:", "https:"), "--requests", "1"])
    assert "The first request without a response: TLS failed: " in capsys.readouterr().out
