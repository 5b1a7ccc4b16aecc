"""AWS code gets the permission to count the keys that it is granted, and nothing else."""

import re
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template

from atomic_counter.counter import AtomicCounter
from atomic_counter.counter.encryption import USE_OF_TABLE
from atomic_counter.options import AppOptions, OptionError
from tests.conftest import CDK_CONTEXT
from tests.linting import lint
from tests.synthesis import only, synthesize

ANY, ONE = r"(?s:.*)", r"(?s:.)"


def template_of(keys: Any = None, *, documents: bool = False, **options: Any) -> Template:
    """Return a stack whose user may count these keys."""
    stack = cdk.Stack(cdk.App(context=CDK_CONTEXT), "Stack")
    counter = AtomicCounter(stack, "Counter", documents=documents)
    counter.grant_count(iam.User(stack, "Billing"), keys, **options).assert_success()
    return Template.from_stack(stack)


def statement_of(keys: Any = None, **options: Any) -> dict[str, Any]:
    """Return the only statement of the policy that the grant has made."""
    _, policy = only(template_of(keys, **options), "AWS::IAM::Policy")
    (statement,) = policy["PolicyDocument"]["Statement"]
    found: dict[str, Any] = statement
    return found


def allows(statement: dict[str, Any], *keys: str) -> bool:
    """Evaluate the condition of a statement for a request with these partition keys, as IAM."""
    condition = statement["Condition"]
    if condition["Null"] == {"dynamodb:LeadingKeys": "false"} and not keys:
        return False
    patterns = condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    patterns = [patterns] if isinstance(patterns, str) else patterns
    return all(any(is_like(key, pattern) for pattern in patterns) for key in keys)


def is_like(text: str, pattern: str) -> bool:
    """Evaluate `StringLike`, in which `${*}`, `${?}` and `${$}` are characters."""
    parts = re.findall(r"\$\{[*?$]\}|\$\{|(?s:.)", pattern)
    assert "${" not in parts, f"{pattern} has a policy variable"
    wildcards = {"*": ANY, "?": ONE}
    expression = "".join(
        wildcards.get(part, re.escape(part[2] if part.startswith("${") else part)) for part in parts
    )
    return re.fullmatch(expression, text) is not None


CALLERS = ["111122223333", "arn:aws:iam::444455556666:role/Billing"]
METHODS = ["GET/counter", "GET/counter/current", "POST/counter"]


def policy_of(template: Template) -> list[dict[str, Any]]:
    """Return the statements of the resource policy of the API."""
    _, api = only(template, "AWS::ApiGateway::RestApi")
    found: list[dict[str, Any]] = api.get("Policy", {"Statement": []})["Statement"]
    return found


def test_callers_of_other_accounts_may_call_exactly_the_methods() -> None:
    template = synthesize(AppOptions(authorization="iam", callers=CALLERS))
    account = {
        "Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::111122223333:root"]],
    }
    assert policy_of(template) == [
        {
            "Effect": "Allow",
            "Action": "execute-api:Invoke",
            "Principal": {"AWS": [CALLERS[1], account]},
            "Resource": [f"execute-api:/prod/{method}" for method in METHODS],
        }
    ]
    assert lint(template) == []


def test_without_callers_there_is_no_resource_policy() -> None:
    assert policy_of(synthesize(AppOptions(authorization="iam"))) == []


def test_resource_policy_allows_preflights_for_all() -> None:
    options = AppOptions(authorization="iam", callers=CALLERS, allow_origin="*")
    _, preflights = policy_of(synthesize(options))
    assert preflights["Principal"] == {"AWS": "*"}
    paths = ("/counter", "/counter/current")
    assert preflights["Resource"] == [f"execute-api:/prod/OPTIONS{path}" for path in paths]


def test_change_of_callers_is_deployed() -> None:
    stages = [
        only(synthesize(AppOptions(authorization="iam", callers=callers)), "AWS::ApiGateway::Stage")
        for callers in ((), CALLERS[:1], CALLERS)
    ]
    assert len({stage["DeploymentId"]["Ref"] for _, stage in stages}) == 3


def test_grant_invoke_of_another_account_is_in_the_policy_of_the_api_alone() -> None:
    stack = cdk.Stack(cdk.App(), "S", env=cdk.Environment(account="1" * 12, region="us-east-1"))
    counter = AtomicCounter(stack, "Counter", authorization="iam")
    counter.grant_invoke(iam.Role.from_role_arn(stack, "Role", CALLERS[1])).assert_success()
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::IAM::Policy", 0)
    (statement,) = policy_of(template)
    assert statement["Principal"] == {"AWS": CALLERS[1]}


def test_grant_count_allows_two_actions_on_the_table_alone() -> None:
    template = template_of()
    table, _ = only(template, "AWS::DynamoDB::Table")
    _, policy = only(template, "AWS::IAM::Policy")
    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Action": ["dynamodb:GetItem", "dynamodb:UpdateItem"],
            "Resource": {"Fn::GetAtt": [table, "Arn"]},
        }
    ]


@pytest.mark.parametrize(
    ("keys", "allowed", "refused"),
    [
        (["invoices"], ["invoices"], ["invoice", "invoices-2026", "Invoices", "credits"]),
        (["invoices-*"], ["invoices-", "invoices-2026", "invoices-a\nb"], ["invoices", "x"]),
        (["a", "b-*"], ["a", "b-1"], ["b", "a-1"]),
        (["a?"], ["a?"], ["ab", "a"]),
        (["${aws:username}$"], ["${aws:username}$"], ["Billing$", "$"]),
        (["${*}"], ["${x}", "${}"], ["x", "*"]),
    ],
)
def test_grant_count_allows_only_keys_that_match(
    keys: list[str], allowed: list[str], refused: list[str]
) -> None:
    statement = statement_of(keys)
    assert [key for key in (*allowed, *refused) if allows(statement, key)] == allowed
    assert not any(allows(statement, allowed[0], key) for key in refused)


@pytest.mark.parametrize("keys", [["a"], ["a-*"], ["a?$"]])
def test_grant_count_allows_the_documents_of_these_keys_alone(keys: list[str]) -> None:
    statement = statement_of(keys, documents=True)
    key = keys[0].replace("*", "1")
    assert allows(statement, key, f"{key}\t17", f"{key}\t*")
    assert not any(allows(statement, key, f"{other}\t17") for other in ("b", "x" + key, "a?x"))


def test_documents_are_included_by_option_or_argument() -> None:
    assert not allows(statement_of(["a"]), "a\t17")
    assert allows(statement_of(["a"], documents=True), "a\t17")
    stack = cdk.Stack()
    grant = AtomicCounter(stack, "C").grant_count(iam.User(stack, "U"), ["a"], documents=True)
    (statement,) = grant.principal_statements
    assert allows({"Condition": statement.conditions}, "a\t17")


def test_request_without_a_key_is_refused() -> None:
    assert not allows(statement_of(["*"]))


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ([], "must be a list of systemKeys .*, or None for all, got "),
        ("invoices", "must be a list of systemKeys .*, or None for all, got 'invoices'"),
        (["invoices", " "], "must be a list of systemKeys"),
        ([7], "must be a list of systemKeys"),
        ([cdk.Aws.REGION], "must be texts that are known at synthesis"),
        (
            cdk.Fn.split(",", cdk.Fn.import_value("keys")),
            "must be texts that are known at synthesis",
        ),
    ],
)
def test_keys_that_would_allow_nothing_or_too_much_are_refused(keys: Any, text: str) -> None:
    with pytest.raises(OptionError, match=f"^keys {text}"):
        template_of(keys)


def test_principal_to_which_no_policy_can_be_added_is_refused() -> None:
    stack = cdk.Stack(cdk.App(context=CDK_CONTEXT), "Stack")
    counter = AtomicCounter(stack, "Counter")
    for stranger in (iam.AccountPrincipal("444455556666"), iam.AnyPrincipal()):
        with pytest.raises(OptionError, match=r"^grantee must be a principal to which a policy"):
            counter.grant_count(stranger, ["invoices"])


def test_grant_count_of_an_encrypted_table_allows_the_use_of_its_key() -> None:
    stack = cdk.Stack(cdk.App(context=CDK_CONTEXT), "Stack")
    system_key = dynamodb.Attribute(name="systemKey", type=dynamodb.AttributeType.STRING)
    key = kms.Key(stack, "Key")
    table = dynamodb.Table(stack, "Table", partition_key=system_key, encryption_key=key)
    user = iam.User(stack, "Billing")
    AtomicCounter(stack, "Counter", table=table).grant_count(user, ["invoices"])
    policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
    (own,) = (p["Properties"] for p in policies if "Users" in p["Properties"])
    _, of_key = own["PolicyDocument"]["Statement"]
    assert set(of_key["Action"]) == set(USE_OF_TABLE)
    assert of_key["Resource"] == stack.resolve(key.key_arn)


def test_cfn_lint_finds_nothing_in_the_grant() -> None:
    assert lint(template_of(["invoices-*", "a?${b}$", "o'brien"], documents=True)) == []
