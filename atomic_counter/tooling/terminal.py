"""Output for people: text that any terminal shows whole, tables, and the progress of steps."""

import json
import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

# Columns enough for any line, where no line must end early, such as in a file.
UNLIMITED = 1_000_000


def accept_any_text() -> None:
    """Let standard output escape what it can't encode, as standard error does."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def printable(text: str) -> str:
    """Return a text of others for the terminal: only line breaks can control it.

    The escapes are those of JSON.
    """
    return "".join(each if each.isprintable() or each == "\n" else _escaped(each) for each in text)


def _escaped(character: str) -> str:
    # JSON escapes neither U+007F, nor others that don't print, unless they aren't in ASCII.
    code = f"\\u{ord(character):04x}"
    return code if character <= "\uffff" else json.dumps(character)[1:-1]


def quoted(text: str) -> str:
    """Return a key in JSON's quotes, as it is, or escaped where it couldn't be shown."""
    shown = json.dumps(text, ensure_ascii=False)
    try:
        shown.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        shown = json.dumps(text)
    return printable(shown)


class PrintableFormatter(logging.Formatter):
    """Formats a message as one line, as it can contain text of a caller."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's name)
        """Return the line."""
        return printable(super().formatMessage(record)).replace("\n", "\\n")


def console(*, stderr: bool = False) -> "Console":
    """Return a console that prints texts as they are, without markup.

    What isn't a terminal, such as a file, gets whole lines.
    """
    from rich.console import Console  # noqa: PLC0415 (serve needs none, and starts fast)

    made = Console(stderr=stderr, markup=False, emoji=False, highlight=False)
    if not made.is_terminal:
        made.width = UNLIMITED
    return made


def print_table(console: "Console", table: "Table") -> None:
    """Print a table whole: on a narrow terminal its lines wrap, and no cell is cut."""
    options = console.options.update(max_width=UNLIMITED)
    table.width = console.measure(table, options=options).maximum
    console.print(table, crop=False)


def figures_table(title: str, rows: Iterable[tuple[str, str]]) -> "Table":
    """Return a table of names and values."""
    from rich.table import Table  # noqa: PLC0415 (as above)

    table = Table(title=title, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for row in rows:
        table.add_row(*row)
    return table


@contextmanager
def progress(name: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show the progress on a terminal, and provide a function that counts what is done.

    Args:
        name: What is counted.
        total: How many there are. Default: unknown.
    """
    from rich import progress as parts  # noqa: PLC0415 (as above)

    bar = [] if total is None else [parts.BarColumn()]
    columns = parts.TextColumn(name), *bar, parts.MofNCompleteColumn(), parts.TimeElapsedColumn()
    errors = console(stderr=True)
    with parts.Progress(
        *columns, console=errors, transient=True, disable=not errors.is_terminal
    ) as shown:
        task = shown.add_task("", total=total)
        yield lambda number: shown.advance(task, number)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print on standard error that a step begins, and how long it took."""
    print(f"{name} ...", file=sys.stderr, flush=True)
    started = time.monotonic()
    yield
    print(f"{name} ... {time.monotonic() - started:.1f} s", file=sys.stderr, flush=True)


class FirstInASecond(logging.Filter):
    """Passes the first message of a form in a second, so that a repeated fault fills no log."""

    def __init__(self) -> None:
        super().__init__()
        self._logged: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a message passes."""
        form = str(record.msg).partition("\n")[0]
        is_first = record.created - self._logged.get(form, 0) >= 1
        if is_first:
            self._logged[form] = record.created
        return is_first


def log_to_terminal() -> None:
    """Log warnings and errors to standard error."""
    handler = logging.StreamHandler()
    handler.addFilter(FirstInASecond())
    handler.setFormatter(PrintableFormatter("%(levelname)s %(message)s"))
    logging.basicConfig(handlers=[handler])
