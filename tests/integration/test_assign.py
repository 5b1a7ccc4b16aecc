"""`atomic-counter assign` gives the documents in a file their numbers, whatever interrupts it."""

import csv
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from atomic_counter.__main__ import main
from atomic_counter.client import CounterClient
from atomic_counter.commands.register import examine
from atomic_counter.options import AppOptions
from tests.counter_under_test import local_dynamodb
from tests.served_counter import ServedCounter, serve
from tests.synthesis import template_file

COMMAND = [sys.executable, "-m", "atomic_counter", "assign"]
HOSTILE = ["=1+1", "a,b", '"', "'; --", "$x #if", "é\u2028\U0001f600", " a ", "\\n", "x" * 1900]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedCounter]:
    folder = tmp_path_factory.mktemp("assign")
    template = template_file(AppOptions(documents=True), folder)
    with serve(template, "--data", folder / "data", "--lose-one-in", "7") as counter:
        yield counter


@pytest.fixture
def key() -> str:
    return f"o'brien & sons {uuid4()}"


def file_of(names: list[str], path: Path) -> str:
    path.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    return str(path)


def expected(names: list[str]) -> str:
    rows = (f"{number},{name}\n" for number, name in enumerate(names, 1))
    return "number,document\n" + "".join(rows)


def assert_complete(served: ServedCounter, key: str, count: int) -> None:
    """Check that the numbers from 1 to `count` have one document each."""
    series, findings = examine(local_dynamodb(served.endpoint), served.table.name, key)
    assert sorted(series[key].documents) == list(range(1, count + 1))
    assert findings == {}


def test_every_run_writes_the_same_complete_numbers(
    served: ServedCounter, key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [f"order-{number}" for number in range(300)]
    part, whole = file_of(names[:120], tmp_path / "a"), file_of(names, tmp_path / "b")
    assert main(["assign", served.url, key, part]) == 0
    assert capsys.readouterr().out == expected(names[:120])
    for _ in range(2):
        assert main(["assign", f"{served.url}?systemKey=system-aa", key, whole]) == 0
        assert capsys.readouterr().out == expected(names)
    assert_complete(served, key, 300)


def test_any_document_is_exact_in_the_file(served: ServedCounter, key: str, tmp_path: Path) -> None:
    numbers = tmp_path / "numbers.csv"
    orders = file_of(HOSTILE, tmp_path / "orders.txt")
    assert main(["assign", served.url, key, orders, "--csv", str(numbers)]) == 0
    with numbers.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    pairs = [[str(number), name] for number, name in enumerate(HOSTILE, 1)]
    assert rows == [["number", "document"], *pairs]


def test_runs_at_once_end_with_the_same_numbers(
    served: ServedCounter, key: str, tmp_path: Path
) -> None:
    names = [f"order-{number}" for number in range(250)]
    words = [*COMMAND, served.url, key, file_of(names, tmp_path / "orders.txt")]
    with ThreadPoolExecutor(2) as threads:
        runs = [threads.submit(subprocess.check_output, words, text=True) for _ in range(2)]
    assert [run.result() for run in runs] == [expected(names)] * 2
    assert_complete(served, key, 250)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_run_after_an_interrupt_completes_the_numbers(
    served: ServedCounter, key: str, tmp_path: Path, ending: signal.Signals
) -> None:
    names = [f"order-{number}" for number in range(2000)]
    words = [*COMMAND, served.url, key, file_of(names, tmp_path / "orders.txt")]
    with (
        CounterClient(served.url) as client,
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process,
    ):
        while client.current(key) == 0:
            time.sleep(0.01)
        process.send_signal(ending)
        process.communicate()
    # 0: the run was faster than this test, such as on a busy machine.
    assert process.returncode in (130, -signal.SIGKILL, 0)
    assert subprocess.check_output(words, text=True) == expected(names)
    assert_complete(served, key, 2000)


def test_refused_key_is_status_2_without_output(
    served: ServedCounter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    orders = file_of(["a", "b"], tmp_path / "orders.txt")
    assert main(["assign", served.url, " ", orders]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: systemKey must be ")
    assert "0 of 2 documents got numbers" in captured.err


def test_example_of_the_page_has_the_printed_output(
    served: ServedCounter, key: str, tmp_path: Path
) -> None:
    page = Path("docs/documents.md").read_text(encoding="utf-8")
    section = page.partition("\n## Invoice run from a shell\n")[2].partition("\n## ")[0]
    program, printed = re.findall(r"^```\w*\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    program = program.replace(".venv/bin/atomic-counter", '"$2" -m atomic_counter')
    program = program.replace("invoices", '"$3"')
    words = ["bash", "-ec", f"URL=$1\n{program}", "-", served.url, sys.executable, key]
    subprocess.run(words, cwd=tmp_path, check=True)
    assert (tmp_path / "numbers.csv").read_text() == printed
