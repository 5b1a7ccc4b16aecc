"""The programs that do the work: the CDK CLI, and pytest."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from atomic_counter.local import CHECKOUT, LocalError, node

Run = Callable[[Sequence[str], Mapping[str, str]], int]
MESSAGE = 300
CLI = CHECKOUT / "node_modules" / "aws-cdk" / "bin" / "cdk"


def run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command in the checkout, and return its exit status.

    Its session is its own, so that Ctrl-C reaches this program alone; what stops this one while it
    waits stops the command first.
    """
    process = subprocess.Popen(
        command,
        cwd=CHECKOUT,
        env={**node.environment(), **environment},
        start_new_session=os.name != "nt",
    )
    try:
        return process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise


@dataclass(frozen=True)
class Cdk:
    """The CDK CLI, on one stack of a synthesized app.

    Attributes:
        assembly: The folder that synthesis has filled.
        stack: The stack's name.
        environment: What the CLI finds the account and the Region by.
        run: Runs it.
    """

    assembly: Path
    stack: str
    environment: Mapping[str, str]
    run: Run = run

    def deploy(self) -> None:
        """Deploy the stack.

        Raises:
            LocalError: The CLI failed, and has said why.
        """
        self._run("deploy", "--require-approval=never")

    def destroy(self) -> None:
        """Remove the stack, however far it has come.

        Raises:
            LocalError: The CLI failed, and has said why.
        """
        self._run("destroy", "--force")

    def _run(self, command: str, *options: str) -> None:
        words = [str(node.executable()), str(CLI), command, self.stack, *options]
        status = self.run([*words, f"--app={self.assembly}", "--no-notices"], self.environment)
        if status:
            raise LocalError(f"cdk {command} ended with status {status}")


@dataclass(frozen=True)
class Promise:
    """A test, which is named by what must hold.

    Attributes:
        text: The sentence.
        passed: How many times it held: a test may be run with many inputs.
        failed: What was found, where it did not hold.
        skipped: Why it was not tried, where it was not.
    """

    text: str
    passed: int
    failed: Sequence[str]
    skipped: Sequence[str]

    @property
    def outcome(self) -> str:
        """`fail`, `pass` or `not tried`."""
        return "fail" if self.failed else "pass" if self.passed else "not tried"


def run_tests(
    stack: str,
    options: Sequence[str],
    results: Path,
    environment: Mapping[str, str],
    run: Run,
) -> list[Promise]:
    """Run the tests of the HTTP contract against a stack.

    Args:
        stack: Its name.
        options: Those that it was deployed with, as `name=value`.
        results: The file that gets pytest's results.
        environment: What boto3 finds the account and the Region by.
        run: Runs pytest.

    Raises:
        LocalError: The tests could not be run.
    """
    results.unlink(missing_ok=True)
    words = [sys.executable, "-m", "pytest", "tests/live", f"--stack={stack}", "--quiet"]
    words += [f"--option={option}" for option in options]
    # The audit asks for the same, and tells more.
    words += ["--ignore=tests/live/test_uniqueness.py", "--tb=short", f"--junitxml={results}"]
    status = run(words, environment)
    if not results.exists():
        raise LocalError(f"pytest ended with status {status}, without results")
    return list(_promises(results))


def _promises(results: Path) -> Iterator[Promise]:
    cases: dict[str, list[ElementTree.Element]] = {}
    for case in ElementTree.parse(results).iter("testcase"):  # noqa: S314 (pytest's own)
        name = case.attrib["name"].partition("[")[0]
        cases.setdefault(name.removeprefix("test_").replace("_", " "), []).append(case)
    for text, of_text in cases.items():
        bad = [*_found(of_text, "failure"), *_found(of_text, "error")]
        skipped = _found(of_text, "skipped")
        yield Promise(text, len(of_text) - len(bad) - len(skipped), bad, skipped)


def _found(cases: Sequence[ElementTree.Element], kind: str) -> list[str]:
    return [
        f"{case.attrib['name']}: {' '.join(element.attrib.get('message', '').split())[:MESSAGE]}"
        for case in cases
        for element in case.findall(kind)
    ]
