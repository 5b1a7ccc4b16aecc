"""What every test may ask for, and the counter that the live tests run against."""

import json
import os
import signal
from argparse import ArgumentTypeError
from collections import Counter as Tally
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import boto3
import pytest

from atomic_counter.client.iam import IamAuth
from atomic_counter.live.account import deployed as of_stack
from atomic_counter.local import CHECKOUT, node
from atomic_counter.local.arguments import name_and_value
from atomic_counter.options import OptionError, Options
from tests.counter_under_test import Counter
from tests.serving import serve

# The CDK's Node.js process must be the one of the Python environment, in whatever shell.
os.environ["PATH"] = node.environment()["PATH"]

# A shell has what it starts in the background ignore interrupts, and programs inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

CDK_CONTEXT = json.loads(Path(CHECKOUT, "cdk.json").read_text())["context"]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("live", "the counter that tests/live runs against")
    group.addoption("--url", default=os.environ.get("COUNTER_URL"), help="its URL (COUNTER_URL)")
    group.addoption("--stack", help="the CloudFormation stack that has the URL and the table")
    group.addoption("--api-key", help="the value of x-api-key, where the URL asks for one")
    group.addoption(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an option of the counter other than by default; repeatable",
    )


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Of tests with the same id, pytest-xdist would run one and not tell."""
    doubled = [test for test, times in Tally(item.nodeid for item in items).items() if times > 1]
    if doubled:
        raise pytest.UsageError(f"these tests share an id: {', '.join(doubled)}")


@pytest.fixture(scope="session")
def options(pytestconfig: pytest.Config) -> Options:
    """What the counter under test has been deployed with."""
    try:
        return Options.from_context(dict(map(name_and_value, pytestconfig.getoption("option"))))
    except (ArgumentTypeError, OptionError) as error:
        raise pytest.UsageError(f"--option: {error}") from None


@pytest.fixture(scope="session")
def template(options: Options, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This app, synthesized with these options."""
    from tests.synthesis import template_file  # noqa: PLC0415 (not where a URL is tested)

    return template_file(options, tmp_path_factory.mktemp("cdk.out"))


@pytest.fixture(scope="session")
def deployed(
    pytestconfig: pytest.Config, request: pytest.FixtureRequest, options: Options
) -> Iterator[Counter]:
    """The counter of `--stack` or `--url`; without them this app, served on this machine."""
    stack, url = pytestconfig.getoption("stack"), pytestconfig.getoption("url")
    auth = IamAuth() if options.authorization == "iam" and (stack or url) else None
    if stack:
        found = of_stack(boto3, stack)
        table = boto3.resource("dynamodb").Table(found.table)
        yield Counter(found.url, table, found.headers, auth, options.keys)
    elif url:
        api_key = pytestconfig.getoption("api_key")
        headers = {"x-api-key": api_key} if api_key else {}
        yield Counter(url.partition("?")[0], None, headers, auth, options.keys)
    else:
        directories: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
        data = directories.mktemp("data")
        with serve(request.getfixturevalue("template"), "--data", data) as served:
            yield replace(served, keys=options.keys)


@pytest.fixture
def counter(deployed: Counter) -> Iterator[Counter]:
    """The counter under test; the items of its fresh keys are removed where it has a table."""
    yield deployed
    deployed.clean_up()


@pytest.fixture
def key(counter: Counter) -> str:
    """A key that nothing else uses."""
    return counter.fresh_key()
