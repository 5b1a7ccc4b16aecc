"""What the README and the pages of `docs` show works as it is printed."""

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import aws_cdk as cdk
import botocore.session
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template
from botocore import xform_name

from atomic_counter.client import CounterClient
from tests.conftest import CDK_CONTEXT
from tests.serving import ServedCounter, serve

README = Path("README.md")
PAGES = {page: page.read_text(encoding="utf-8") for page in [README, *Path("docs").glob("*.md")]}
TEXT = "".join(PAGES.values())
BLOCKS = re.findall(r"^```\w*\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
LINES = "\n".join(BLOCKS).replace("\\\n", " ")
AWS_COMMANDS = re.findall(r"^(?:\w+=\S+ +)*aws (.+)", LINES, re.MULTILINE)
OF_EVERY_COMMAND = {"--endpoint-url", "--output", "--query", "--region"}


@pytest.fixture(scope="module")
def served(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedCounter]:
    with serve(template, "--data", tmp_path_factory.mktemp("data")) as counter:
        yield counter


def test_the_clients_lines_run_as_they_are_printed(served: ServedCounter) -> None:
    (program,) = (block for block in BLOCKS if block.startswith("from atomic_counter.client "))
    exec(program.replace("http://127.0.0.1:8080/prod/counter", served.url), {})
    assert served.next("invoices") == "102"
    assert int(served.next("tickets")) > 1000


def test_the_lines_of_a_client_of_two_regions_run_as_they_are_printed(
    served: ServedCounter,
) -> None:
    (program,) = (block for block in BLOCKS if "FIRST_URL" in block)
    names = {"CounterClient": CounterClient, "FIRST_URL": served.url, "SECOND_URL": served.url}
    exec(program, names)
    assert names["client"].next("of two regions") == 1  # type: ignore[attr-defined]


def test_the_constructs_lines_synthesize_as_they_are_printed() -> None:
    (program,) = (block for block in BLOCKS if block.startswith("from atomic_counter.counter "))
    stack = cdk.Stack(cdk.App(context=CDK_CONTEXT), "Billing")
    role = iam.Role(stack, "Role", assumed_by=iam.AccountRootPrincipal())
    exec(program, {"self": stack, "billing_role": role, "CfnOutput": cdk.CfnOutput})
    template = Template.from_stack(stack)
    template.has_output("InvoicesUrl", {})
    template.has_resource_properties("AWS::ApiGateway::Method", {"AuthorizationType": "AWS_IAM"})


def anchors(page: Path, heading: str = "#+") -> list[str]:
    titles = re.findall(rf"^{heading} (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return [re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles]


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    for path, anchor in re.findall(r"\]\((?!http)([^)#]*)#?([^)]*)\)", PAGES[page]):
        target = page.parent / path if path else page
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), anchor


def test_the_contents_name_every_section_and_every_page() -> None:
    contents = re.search(r"^\*\*Contents:\*\* (.+)$", PAGES[README], re.MULTILINE)
    more = re.search(r"^\*\*More:\*\* (.+)$", PAGES[README], re.MULTILINE)
    assert contents
    assert more
    assert re.findall(r"\(#([^)]+)\)", contents[1]) == anchors(README, "##")
    assert set(map(Path, re.findall(r"\(([^)]+)\)", more[1]))) == PAGES.keys() - {README}


def test_every_command_is_there() -> None:
    modules = set(re.findall(r"-m (atomic_counter[.\w]*)", TEXT))
    assert len(modules) >= 4
    assert all(importlib.util.find_spec(module) for module in modules)


@pytest.mark.parametrize("command", AWS_COMMANDS)
def test_the_aws_cli_has_every_command_with_these_options(command: str) -> None:
    service, operation, *words = shlex.split(command)
    model = botocore.session.get_session().get_service_model(service)
    (name,) = (n for n in model.operation_names if xform_name(n, "-") == operation)
    members = model.operation_model(name).input_shape.members
    options = {f"--{xform_name(member, '-')}" for member in members} | OF_EVERY_COMMAND
    assert {word for word in words if word.startswith("--")} <= options
