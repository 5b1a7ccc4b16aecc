"""The README runs from top to bottom, and every response is the printed one."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from atomic_counter.options import AppOptions
from atomic_counter.tooling.parameters import name_and_value
from tests.served_counter import serve
from tests.synthesis import template_file

README = Path("README.md").read_text(encoding="utf-8")
# The section after them has only the forms of commands.
EXAMPLES = README.partition("\n## Options\n")[0]
URL = "http://127.0.0.1:8080/prod/counter"
# A served counter, a program, or the lines of a shell, in the order of the page.
STEPS = re.compile(
    r"(?P<serve>make serve(?: OPTIONS='-c (?P<option>\S+=\S+)')?)(?=[\n`])"
    r"|^```python\n(?P<python>.*?)^```"
    r"|^```bash\n(?P<bash>.*?)^```",
    re.DOTALL | re.MULTILINE,
)
PRINTED = r"^(?P<call>.*?)(?:  # (?P<response>.*))?$"


@dataclass
class Reader:
    """Somebody who follows the README: the served counter, and the variables of the shell."""

    folder: Path
    url: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    printed: list[str] = field(default_factory=list)
    received: list[str] = field(default_factory=list)

    def follow(self) -> None:
        with ExitStack() as served:
            for step in STEPS.finditer(EXAMPLES):
                if step["serve"]:
                    served.close()
                    self._serve(served, step["option"])
                elif step["bash"]:
                    self._run_shell(step["bash"])
                elif "client" in step["python"]:
                    self._run_program(step["python"])

    def _serve(self, served: ExitStack, option: str | None) -> None:
        context = dict([name_and_value(option)]) if option else {}
        template = template_file(AppOptions.from_context(context), self.folder)
        self.url = served.enter_context(serve(template, "--data", self.folder / "data")).url

    def _run_shell(self, lines: str) -> None:
        for call, response in _lines(lines):
            name, equals, value = call.partition("=")
            if equals and name.isidentifier():
                self.variables[name] = value.replace(URL, self.url)
                continue
            variables = {**self.variables, "URL": self.url}
            output = subprocess.run(
                ["bash", "-c", call.replace("curl ", "curl -s ", 1)],
                env={**os.environ, **variables},
                capture_output=True,
                text=True,
                check=True,
            )
            self._note(response, output.stdout)

    def _run_program(self, program: str) -> None:
        names: dict[str, Any] = {}
        for call, response in _lines(program.replace(URL, self.url)):
            if response:
                self._note(response, f'"{eval(call, names)}"')
            else:
                exec(call, names)
        names["client"].close()

    def _note(self, printed: str, received: str) -> None:
        self.printed.append(printed)
        self.received.append(received)


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in re.finditer(PRINTED, text, re.MULTILINE):
        if line["call"]:
            yield line["call"], line["response"] or ""


def test_every_response_is_the_printed_one(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    reader.follow()
    assert reader.received == reader.printed
    assert len(reader.printed) == 15


def test_readme_has_a_page_or_two() -> None:
    assert len(README.splitlines()) <= 200
    assert len(README.replace("|", " ").split()) <= 1700
