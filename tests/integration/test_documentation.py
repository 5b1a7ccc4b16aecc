"""The commands, examples and links of README and `docs` work as printed."""

import re
import shlex
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import aws_cdk as cdk
import botocore.session
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template
from botocore import xform_name

from atomic_counter.__main__ import main
from atomic_counter.client import CounterClient
from atomic_counter.options import AppOptions, OptionError
from tests.conftest import CDK_CONTEXT
from tests.linting import lint
from tests.served_counter import ServedCounter, serve
from tests.synthesis import synthesize

README = Path("README.md")
PAGES = {page: page.read_text(encoding="utf-8") for page in [README, *Path("docs").glob("*.md")]}
TEXT = "".join(PAGES.values())
BLOCKS = re.findall(r"^```\w*\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
LINES = "\n".join(BLOCKS).replace("\\\n", " ")
AWS_COMMANDS = re.findall(r"^(?:\w+=\S+ +)*aws (.+)", LINES, re.MULTILINE)
CONSTRUCTS = [block for block in BLOCKS if block.startswith("from aws_cdk import ")]
DEPLOYMENTS = sorted(set(re.findall(r"npx cdk deploy((?: -c [^\s`]+)+)", TEXT)))
COMMANDS = sorted(set(re.findall(r"\.venv/bin/atomic-counter (\w[^`\n]*)", TEXT)))
OF_EVERY_COMMAND = {"--endpoint-url", "--output", "--query", "--region"}


@pytest.fixture(scope="module")
def served(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedCounter]:
    with serve(template, "--data", tmp_path_factory.mktemp("data")) as counter:
        yield counter


def test_client_example_runs_as_printed(served: ServedCounter) -> None:
    (program,) = (block for block in BLOCKS if 'next("invoices")' in block)
    exec(program.replace("http://127.0.0.1:8080/prod/counter", served.url), {})
    assert served.next("invoices") == "102"
    assert int(served.next("tickets")) > 1000


def test_client_example_with_two_regions_runs_as_printed(
    served: ServedCounter,
) -> None:
    (program,) = (block for block in BLOCKS if "FIRST_URL" in block)
    names = {"CounterClient": CounterClient, "FIRST_URL": served.url, "SECOND_URL": served.url}
    exec(program, names)
    assert names["client"].next("of two regions") == 1  # type: ignore[attr-defined]


def test_client_example_with_slots_runs_as_printed(served: ServedCounter) -> None:
    (program,) = (block for block in BLOCKS if "WORKER:x" in block)
    names = {"CounterClient": CounterClient, "URL": served.url, "WORKER": 15}
    exec(program, names)
    assert names["client"].next("with slots") == 1  # type: ignore[attr-defined]


def test_construct_example_synthesizes_as_printed() -> None:
    (program,) = (block for block in BLOCKS if "billing_role" in block)
    stack = cdk.Stack(cdk.App(context=CDK_CONTEXT), "Billing")
    role = iam.Role(stack, "Role", assumed_by=iam.AccountRootPrincipal())
    exec(program, {"self": stack, "billing_role": role, "CfnOutput": cdk.CfnOutput})
    template = Template.from_stack(stack)
    template.has_output("InvoicesUrl", {})
    template.has_resource_properties("AWS::ApiGateway::Method", {"AuthorizationType": "AWS_IAM"})


def test_lowest_version_of_the_cdk_is_the_documented_one() -> None:
    (lowest,) = re.findall(r'"aws-cdk-lib>=(.+),<3"', Path("setup.py").read_text())
    assert TEXT.count(f"`aws-cdk-lib` {lowest} or later") == 1
    assert TEXT.count(f"`aws-cdk-lib` from {lowest},") == 1


@pytest.mark.parametrize("program", CONSTRUCTS)
def test_every_construct_synthesizes_as_printed(program: str) -> None:
    stack = cdk.Stack(cdk.App(context=CDK_CONTEXT), "Billing")
    exec(program, {"self": stack})
    assert lint(Template.from_stack(stack)) == []


@pytest.mark.parametrize("words", DEPLOYMENTS)
def test_every_deployment_synthesizes_as_printed(words: str) -> None:
    context = dict(word.split("=", 1) for word in words.split(" -c ")[1:])
    synthesize(AppOptions.from_context(context))


def test_options_table_lists_every_option() -> None:
    _, _, rest = PAGES[README].partition("\n## Options\n")
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", rest.partition("\n## ")[0], re.MULTILINE)
    with pytest.raises(OptionError) as error:
        AppOptions.from_context({"": 1})
    names = str(error.value).partition("the options are ")[2].split(", ")
    assert sorted(re.findall(r"`(\w+)`", " ".join(rows))) == sorted(names)


def anchors(page: Path) -> list[str]:
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return [re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles]


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_within_the_project_has_a_target(page: Path) -> None:
    for path, anchor in re.findall(r"\]\((?!http)([^)#]*)#?([^)]*)\)", PAGES[page]):
        target = page.parent / path if path else page
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), anchor


def test_readme_lists_every_page() -> None:
    more = re.search(r"^\*\*More:\*\* (.+)$", PAGES[README], re.MULTILINE)
    assert more
    assert set(map(Path, re.findall(r"\(([^)]+)\)", more[1]))) == PAGES.keys() - {README}


def help_text(*command: str) -> str:
    with redirect_stdout(StringIO()) as output:
        assert main([*command, "--help"]) == 0
    return output.getvalue()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_exists_with_its_options(command: str) -> None:
    name, *words = shlex.split(command)
    options = {word for word in words if word.startswith("-")}
    subcommand = words[:1] if name == "keys" else []
    assert options <= set(re.findall(r"(?<=\s)--?[a-z-]+", help_text(name, *subcommand)))


def test_key_is_added_listed_and_raised_as_printed(served: ServedCounter) -> None:
    page = PAGES[Path("docs/operate.md")]
    commands = re.findall(r"^\.venv/bin/atomic-counter (keys .+)$", page, re.MULTILINE)
    numbers = []
    for command in commands[:3]:  # The last one has an endpoint.
        words = shlex.split(command.replace("TABLE", served.table.name).replace("invoices", "new"))
        assert main([*words, "--endpoint-url", served.endpoint]) == 0
        numbers.append(served.next("new"))
    assert numbers == ["4712", "4713", "5000"]


def test_item_remembers_a_request_as_printed(served: ServedCounter) -> None:
    (request,) = re.findall(r"`([0-9a-f-]{35}7 1)`", PAGES[Path("docs/operate.md")])
    served.next("items", idempotencyKey=request.split()[0])
    item = served.table.get_item(Key={"systemKey": "items"})["Item"]
    assert item == {"systemKey": "items", "counterValue": 1, "r7": request, "n7": 1}


# The AWS CLI has them, and the AWS API doesn't.
COMMANDS_OF_THE_CLI_ALONE = {
    ("cloudformation", "deploy"): {"--capabilities", "--stack-name", "--template-file"}
}


@pytest.mark.parametrize("command", AWS_COMMANDS)
def test_aws_cli_has_every_command_with_these_options(command: str) -> None:
    service, operation, *words = shlex.split(command)
    if (service, operation) in COMMANDS_OF_THE_CLI_ALONE:
        assert {w for w in words if w.startswith("--")} <= COMMANDS_OF_THE_CLI_ALONE[
            service, operation
        ]
        return
    model = botocore.session.get_session().get_service_model(service)
    (name,) = (n for n in model.operation_names if xform_name(n, "-") == operation)
    members = model.operation_model(name).input_shape.members
    options = {f"--{xform_name(member, '-')}" for member in members} | OF_EVERY_COMMAND
    given = {word.replace("--no-", "--") for word in words if word.startswith("--")}
    assert given <= options
