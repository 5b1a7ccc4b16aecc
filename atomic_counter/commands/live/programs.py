"""The programs that a proof runs: the CDK CLI, and pytest."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from atomic_counter.tooling import node
from atomic_counter.tooling.errors import CommandError
from atomic_counter.tooling.paths import CHECKOUT

RunProgram = Callable[[Sequence[str], Mapping[str, str]], int]
MESSAGE_CHARACTERS = 300
# The module of the contract's tests whose promises are facts that nobody has recorded yet.
UNRECORDED_MODULE = "test_aws_facts"
CDK_CLI = CHECKOUT / "node_modules" / "aws-cdk" / "bin" / "cdk"


def run_program(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command in the checkout, and return its exit status.

    It has a session of its own, so Ctrl-C reaches only this process. An exception during the wait
    stops the command.
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
    """The CDK CLI, for one stack of a synthesized app."""

    assembly: Path
    stack: str
    environment: Mapping[str, str]
    run: RunProgram = run_program

    def deploy(self) -> None:
        """Deploy the stack."""
        self._run("deploy", "--require-approval=never")

    def destroy(self) -> None:
        """Delete the stack, even if its deployment is incomplete."""
        self._run("destroy", "--force")

    def _run(self, command: str, *options: str) -> None:
        words = [str(node.executable()), str(CDK_CLI), command, self.stack, *options]
        status = self.run([*words, f"--app={self.assembly}", "--no-notices"], self.environment)
        if status:
            raise CommandError(f"cdk {command} ended with status {status}")


@dataclass(frozen=True)
class Promise:
    """A promise of the contract, and the results of its test.

    Attributes:
        text: The name of the test, as a sentence.
        is_fact: Whether it is a fact about AWS that nobody has recorded yet.
        passed: How many times the test passed: it may have several inputs.
        failed: The message of each failure.
        skipped: The reason of each skip.
    """

    text: str
    passed: int
    failed: Sequence[str]
    skipped: Sequence[str]
    is_fact: bool = False

    @property
    def outcome(self) -> str:
        """`fail`, `pass` or `not tested`."""
        return "fail" if self.failed else "pass" if self.passed else "not tested"


def run_tests(
    stack: str,
    options: Sequence[str],
    results: Path,
    environment: Mapping[str, str],
    run: RunProgram,
) -> list[Promise]:
    """Run the tests of the HTTP contract against a stack."""
    results.unlink(missing_ok=True)
    words = [sys.executable, "-m", "pytest", "tests/contract", f"--stack={stack}", "--quiet"]
    words += [f"--option={option}" for option in options]
    # The proof's own audit checks the same, and reports more.
    words += ["--ignore=tests/contract/test_uniqueness.py", "--tb=short", f"--junitxml={results}"]
    status = run(words, environment)
    if not results.exists():
        raise CommandError(f"pytest ended with status {status}, without results")
    return list(_promises(results))


def _promises(results: Path) -> Iterator[Promise]:
    cases: dict[str, list[ElementTree.Element]] = {}
    for case in ElementTree.parse(results).iter("testcase"):  # noqa: S314 (pytest's own file)
        name = case.attrib["name"].partition("[")[0]
        cases.setdefault(name.removeprefix("test_").replace("_", " "), []).append(case)
    for text, tests in cases.items():
        failed = [*_messages(tests, "failure"), *_messages(tests, "error")]
        skipped = _messages(tests, "skipped")
        passed = len(tests) - len(failed) - len(skipped)
        is_fact = tests[0].attrib.get("classname", "").endswith(UNRECORDED_MODULE)
        yield Promise(text, passed, failed, skipped, is_fact)


def _messages(cases: Sequence[ElementTree.Element], kind: str) -> list[str]:
    return [
        f"{case.attrib['name']}: "
        + " ".join(element.attrib.get("message", "").split())[:MESSAGE_CHARACTERS]
        for case in cases
        for element in case.findall(kind)
    ]
