"""The audit as a command: it counts, it draws, and it finds a planted defect."""

import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from atomic_counter.audit.__main__ import main
from tests.counter_under_test import Counter
from tests.local.fake_dynamodb import fake_dynamodb
from tests.serving import serve


def audit(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "atomic_counter.audit", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_sound_counter_passes_and_is_reported(counter: Counter, tmp_path: Path) -> None:
    figures, picture = tmp_path / "figures.json", tmp_path / "picture.png"
    many = ["--requests", "200", "--clients", "8", "--keys", "2", "--block", "10"]
    done = audit(counter.url, *many, "--json", figures, "--plot", picture)
    found = json.loads(figures.read_text())
    assert (done.returncode, done.stderr) == (0, "")
    assert (found["requests"], found["numbers"]) == (200, 2000)
    assert (found["repeats"], found["gaps"], found["errors"]) == (0, 0, {})
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.fixture
def defective(template: Path) -> Iterator[str]:
    """The URL of a counter whose engine repeats one number in a thousand."""
    numbers = (number for n in itertools.count(1) for number in [n] * (1 + (n % 1000 == 0)))
    with fake_dynamodb() as engine:
        engine.body = lambda: {"Attributes": {"counterValue": {"N": str(next(numbers))}}}
        with serve(template, "--dynamodb-endpoint", engine.endpoint) as counter:
            yield counter.url


def test_a_repeated_number_is_found_and_is_status_1(
    defective: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([defective, "--requests", "1200", "--clients", "1"]) == 1
    assert "1 numbers were given out more than once" in capsys.readouterr().out


def test_without_any_number_the_status_is_2(
    counter: Counter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = str(tmp_path / "picture.png")
    assert main([f"{counter.url}/no", "--requests", "2", "--plot", picture]) == 2
    assert "No number was given out." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--clients", "0"], "a number above 0 is needed, not 0"),
        (["--duration", "x"], "a number above 0 is needed, not x"),
        (["--block", "1001"], "a block has 1 to 1000 numbers, not 1001"),
        (["--json", "/no/a.json"], "a file in a folder that is there is needed, not /no/a.json"),
        (["--plot", "/no/a.png"], "a file in a folder that is there is needed, not /no/a.png"),
        (["--plot", "a.gif"], "a name that ends with .png is needed, not a.gif"),
    ],
)
def test_a_wrong_argument_is_told_what_is_needed(
    wrong: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["http://127.0.0.1:1", *wrong])
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:1/counter", "Connection refused: 127.0.0.1:1"),
        ("http://nowhere.invalid/counter", "unknown host nowhere.invalid"),
    ],
)
def test_where_nothing_answers_the_first_reason_is_told(
    url: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([url, "--requests", "2"]) == 2
    assert f"The first without an answer: {reason}" in capsys.readouterr().out


def test_what_is_never_answered_is_not_sent_again_for_ever(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    url = "http://127.0.0.1:1/counter"
    assert main([url, "--requests", "2", "--idempotent", "--json", str(figures)]) == 2
    assert json.loads(figures.read_text())["requests"] == 20


def test_a_failure_of_tls_is_told(counter: Counter, capsys: pytest.CaptureFixture[str]) -> None:
    main([counter.url.replace("http:", "https:"), "--requests", "1"])
    assert "The first without an answer: TLS failed: " in capsys.readouterr().out
