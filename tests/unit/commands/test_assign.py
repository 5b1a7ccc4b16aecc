"""`atomic-counter assign` checks its input, and keeps what it has when it can't go on."""

import csv
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest

from atomic_counter.__main__ import main
from tests.fake_counter import FakeCounter, Fault, fake_counter

COMMAND = [sys.executable, "-m", "atomic_counter", "assign"]
NAMES = [f"order-{number}" for number in range(1, 251)]
NUMBERS = "".join(f"{number},order-{number}\n" for number in range(1, 251))
HEADING = "number,document\n"
RUN_AGAIN = "each document keeps its number, so run the command again to get the others\n"


@pytest.fixture
def fake() -> Iterator[FakeCounter]:
    with fake_counter() as counter:
        yield counter


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """A file of 250 documents, which are three lists."""
    file = tmp_path / "orders.txt"
    file.write_text("\n".join(NAMES))
    return file


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (b"a\nb\n", ["a", "b"]),
        (b"\xef\xbb\xbfa\r\nb", ["a", "b"]),
        (b"b\na\r\nb\na\n", ["b", "a"]),
        ("é \n\u2028a\u2028b\n, \"'".encode(), ["é ", "\u2028a\u2028b", ", \"'"]),
        (b"", []),
        (b"x" * 2046, ["x" * 2046]),
    ],
)
def test_each_line_is_a_document(
    fake: FakeCounter,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    content: bytes,
    names: list[str],
) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(content)))
    assert main(["assign", f"{fake.url}?systemKey=system-aa", "k"]) == 0
    rows = list(csv.reader(StringIO(capsys.readouterr().out, newline="")))
    expected = [[str(number), name] for number, name in enumerate(names, 1)]
    assert rows == [["number", "document"], *expected]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"a\n\nb", 'line 2 must be a document key that isn\'t blank, .+, got ""'),
        (b"a\n\n", 'line 2 must be .+, got ""'),
        ("a\nb\n\u3000 ".encode(), "line 3 must be .+"),
        (b"a\nb\tc", 'line 2 must be .+, got "b\\\\tc"'),
        (b"a\rb\n", 'line 1 must be .+, got "a\\\\rb"'),
        (b"\x1b[2J\n", 'line 1 must be .+, got "\\\\u001b\\[2J"'),
        ("a\n\x85".encode(), "line 2 must be .+"),
        ("a\n\ufffd".encode(), "line 2 must be .+"),
        ("é".encode() * 1024, "line 1 must be .+ 2047 bytes .+"),
        (b"a\nb\n\xe9\nc", r"line 3 must be UTF-8, got b'\\xe9'"),
        ("a".encode("utf-16"), "line 1 must be UTF-8, got .+"),
    ],
)
def test_wrong_line_is_named_before_anything_is_assigned(
    fake: FakeCounter,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: bytes,
    error: str,
) -> None:
    file = tmp_path / "orders.txt"
    file.write_bytes(content + b"\n" + "\n".join(NAMES).encode())
    assert main(["assign", fake.url, "k", str(file)]) == 2
    assert fake.requests == []
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.fullmatch(f"error: {error}\n", captured.err)


def test_failure_writes_the_numbers_so_far_and_the_next_run_all(
    fake: FakeCounter, orders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "numbers.csv"
    words = ["assign", fake.url, "k", str(orders)]
    fake.faults.extend([Fault(), Fault(403)])
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == HEADING + "".join(NUMBERS.splitlines(keepends=True)[:99])
    reason = "because of a test (HTTP status 403)"
    assert captured.err == f"error: {reason}: 99 of 250 documents got numbers; {RUN_AGAIN}"
    fake.faults.extend([Fault(), Fault(), Fault(403)])
    assert main([*words, "--csv", str(file)]) == 2
    assert len(file.read_text().splitlines()) == 1 + 198
    assert "198 of 250 documents" in capsys.readouterr().err
    assert main(words) == 0
    assert capsys.readouterr().out == HEADING + NUMBERS


def test_failure_before_the_first_number_leaves_the_file(
    fake: FakeCounter, orders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "numbers.csv"
    file.write_text("old")
    fake.faults.append(Fault(403))
    assert main(["assign", fake.url, "k", str(orders), "--csv", str(file)]) == 2
    assert file.read_text() == "old"
    assert "0 of 250 documents got numbers" in capsys.readouterr().err


def test_interrupt_keeps_what_is_assigned(fake: FakeCounter, orders: Path, tmp_path: Path) -> None:
    file = tmp_path / "numbers.csv"
    file.write_text("old")
    words = [*COMMAND, fake.url, "k", str(orders)]
    fake.faults.extend([Fault(), Fault(delay_seconds=9)])
    with subprocess.Popen([*words, "--csv", file], stderr=subprocess.PIPE, text=True) as process:
        while len(fake.requests) < 2:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()
    assert (process.returncode, errors) == (130, f"interrupted: {RUN_AGAIN}")
    assert file.read_text() == "old"
    assert subprocess.check_output(words, text=True) == HEADING + NUMBERS


def test_requests_have_the_api_key_and_a_signature(
    fake: FakeCounter, orders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    assert main(["assign", fake.url, "k", str(orders), "--api-key", "secret", "--iam"]) == 0
    assert [len(json.loads(request.body)) for request in fake.requests] == [99, 99, 52]
    for request in fake.requests:
        assert request.headers["x-api-key"] == "secret"
        assert request.headers["Authorization"].startswith("AWS4-HMAC-SHA256 ")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["none", "k"], "error: url must be an http or https URL, got 'none'\n"),
        (["http://a", "k", "none.txt"], "error: none.txt: No such file or directory\n"),
        (["http://a", "k", "--csv", "no/a.csv"], "error: --csv must be a file in an existing fol"),
        (["http://a"], "error: Missing argument 'KEY'.\n"),
    ],
)
def test_wrong_usage_is_named(
    words: list[str],
    error: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(b"a")))
    assert main(["assign", *words]) == 2
    assert capsys.readouterr().err.startswith(error)


def test_key_that_is_not_utf_8_is_status_2(fake: FakeCounter, orders: Path) -> None:
    assert main(["assign", fake.url, "\udcff", str(orders)]) == 2
    assert fake.requests == []


def test_document_is_escaped_on_a_terminal_and_exact_elsewhere(
    fake: FakeCounter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "orders.txt"
    file.write_text("a\u202eb")
    words = ["assign", fake.url, "k", str(file)]
    assert main(words) == 0
    assert capsys.readouterr().out == f"{HEADING}1,a\u202eb\n"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert main(words) == 0
    assert capsys.readouterr().out == f"{HEADING}1,a\\u202eb\n"


@pytest.mark.parametrize(("closing", "status"), [("<&-", 2), (">&-", 0)])
def test_closed_stream_is_no_crash(
    fake: FakeCounter, closing: str, status: int, orders: Path
) -> None:
    words = ["bash", "-c", f'exec "$@" {closing}', "-", *COMMAND, fake.url, "k"]
    words += [] if "<" in closing else [str(orders)]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    assert done.returncode == status
    assert "Traceback" not in done.stderr
