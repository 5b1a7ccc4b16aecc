"""The fixtures of every test, and the counter that the contract's tests run against."""

import gc
import json
import os
import signal
from collections import Counter as Tally
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import pytest

from atomic_counter.client.iam import IamAuth
from atomic_counter.commands.live.account import deployed_counter
from atomic_counter.options import AppOptions, OptionError
from atomic_counter.tooling import node
from atomic_counter.tooling.parameters import name_and_value
from atomic_counter.tooling.paths import CHECKOUT, exempt_loopback_from_proxies
from tests.counter_under_test import Counter
from tests.served_counter import serve

# The CDK must use the Node.js of the Python environment, whatever the shell's path is.
os.environ.update(node.environment())

# cfn-lint checks the templates. The CDK's own validation takes most of the time of a synthesis.
os.environ["CDK_VALIDATION"] = "false"

exempt_loopback_from_proxies()

# A background process of a shell ignores interrupts, and its child processes inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

UNIT = Path(__file__).with_name("unit")
CDK_CONTEXT = json.loads(Path(CHECKOUT, "cdk.json").read_text())["context"]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("contract", "the counter that tests/contract runs against")
    group.addoption("--url", default=os.environ.get("COUNTER_URL"), help="its URL (COUNTER_URL)")
    group.addoption("--stack", help="the CloudFormation stack that has the URL and the table")
    group.addoption("--api-key", help="the value of x-api-key, if the URL requires one")
    group.addoption(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an option of the counter that isn't the default; repeatable",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse duplicate ids, of which pytest-xdist would silently run only one.

    The unit tests come last, as they are short: no process is left alone with a slow test.
    """
    doubled = [test for test, times in Tally(item.nodeid for item in items).items() if times > 1]
    if doubled:
        raise pytest.UsageError(f"these tests share an id: {', '.join(doubled)}")
    items.sort(key=lambda item: UNIT in item.path.parents)


def pytest_collection_finish() -> None:
    """Exempt what was imported from garbage collection, which would visit it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def options(pytestconfig: pytest.Config) -> AppOptions:
    """The options of the counter under test."""
    try:
        return AppOptions.from_context(dict(map(name_and_value, pytestconfig.getoption("option"))))
    except (ValueError, OptionError) as error:
        raise pytest.UsageError(f"--option: {error}") from None


@pytest.fixture(scope="session")
def template(options: AppOptions, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This app, synthesized with these options."""
    from tests.synthesis import template_file  # noqa: PLC0415 (not for a URL)

    return template_file(options, tmp_path_factory.mktemp("cdk.out"))


@pytest.fixture(scope="session")
def deployed(
    pytestconfig: pytest.Config, request: pytest.FixtureRequest, options: AppOptions
) -> Iterator[Counter]:
    """The counter of `--stack` or `--url`, or else this app, served on this machine."""
    stack, url = pytestconfig.getoption("stack"), pytestconfig.getoption("url")
    auth = IamAuth() if options.authorization == "iam" and (stack or url) else None
    if stack:
        found = deployed_counter(boto3, stack)
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
def counter(deployed: Counter, options: AppOptions) -> Iterator[Counter]:
    """The counter under test. The items of its fresh keys are deleted afterwards."""
    if options.documents:
        pytest.skip("the counter issues numbers only to documents")
    yield deployed
    deployed.clean_up()


@pytest.fixture
def key(counter: Counter) -> str:
    """A key that nothing else uses."""
    return counter.fresh_key()
