"""Whatever a command prints, a terminal shows it whole, and it controls no terminal."""

import json
import logging
import subprocess
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table

from atomic_counter.tooling.terminal import (
    PrintableFormatter,
    console,
    figures_table,
    print_table,
    printable,
    quoted,
)

# What rich, a terminal or an encoding could take for something else than data.
HOSTILE = [
    "[/]",
    "invoices [draft]",
    ":smile:",
    "\x1b]0;title\x07",
    "\x7f\x9b2J",
    "\u202etxt",
    "é🏔\n",
]


@given(st.text() | st.sampled_from(HOSTILE))
def test_quoted_text_is_json_that_controls_no_terminal(text: str) -> None:
    assert json.loads(quoted(text)) == text
    assert quoted(text).isprintable()


def test_quoted_text_is_as_it_is_where_the_output_can_encode_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for encoding, shown in {"utf-8": '"é🏔"', "ascii": '"\\u00e9\\ud83c\\udfd4"'}.items():
        monkeypatch.setattr("sys.stdout", TextIOWrapper(BytesIO(), encoding))
        assert quoted("é🏔") == shown


def test_printable_text_keeps_its_lines_and_loses_no_character() -> None:
    assert printable("a\n\x1b[1m\t\U000e0001é") == "a\n\\u001b[1m\\u0009\\udb40\\udc01é"


def test_log_message_is_one_line_without_control_characters() -> None:
    record = logging.LogRecord("a", logging.ERROR, "", 0, "%s", ("x\nERROR y\x1b[2J",), None)
    line = PrintableFormatter("%(levelname)s %(message)s").format(record)
    assert line == "ERROR x\\nERROR y\\u001b[2J"


@pytest.mark.parametrize("text", HOSTILE[:3])
def test_console_prints_text_and_cells_as_they_are(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = console()
    made.print(text)
    print_table(made, figures_table(text, [(text, text)]))
    assert capsys.readouterr().out.count(text) == 4


@pytest.mark.parametrize("environment", [{"COLUMNS": "20"}, {"COLUMNS": "20", "FORCE_COLOR": "1"}])
def test_no_cell_is_cut_in_a_file_or_on_a_narrow_terminal(
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    table = Table()
    for _ in range(3):
        table.add_column("a number")
    table.add_row("x" * 300, *["123456789012"] * 2)
    print_table(console(), table)
    (row,) = (line for line in capsys.readouterr().out.splitlines() if "x" in line)
    assert "x" * 300 in row
    assert row.count("123456789012") == 2


def test_line_of_a_file_ends_at_no_column(capsys: pytest.CaptureFixture[str]) -> None:
    console().print("word " * 100)
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_output_that_cannot_encode_a_text_escapes_it() -> None:
    program = (
        "from atomic_counter import command_line as c; import click;"
        "c.command_line.main = lambda *_, **__: print('é');"
        "c.run_command(['cost'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "\\xe9\n"


def test_only_one_place_makes_the_console_of_a_command() -> None:
    makers = [
        path for path in Path("atomic_counter").rglob("*.py") if "Console(" in path.read_text()
    ]
    assert makers == [Path("atomic_counter/tooling/terminal.py")]
