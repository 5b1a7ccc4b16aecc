"""Fakes of an AWS account and of the programs that change it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from botocore.credentials import Credentials
from botocore.exceptions import ClientError

ACCOUNT = "111122223333"
RESULTS = """<testsuites><testsuite>
<testcase name="test_it_counts[a]"/><testcase name="test_it_counts[b]"/>
<testcase name="test_it_is_signed"><skipped message="deployed without"/></testcase>
{more}</testsuite></testsuites>"""


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": f"{code} {ACCOUNT}"}}, "Operation")


class FakeAws:
    """A boto3 session and all of its clients, whose operations have different names.

    Attributes:
        stacks: The outputs of the existing stacks, by name.
        denied: The operations without permission.
        calls: The operations and parameters, in order.
    """

    def __init__(self, region: str | None = "eu-west-1", user: str = "user/team/ann") -> None:
        self.region_name = region
        self.arn = f"arn:aws:iam::{ACCOUNT}:{user}"
        self.stacks: dict[str, dict[str, str]] = {}
        self.denied: set[str] = set()
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def client(self, _service: str) -> "FakeAws":
        return self

    def get_credentials(self) -> Credentials:
        return Credentials("id", "secret")

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**parameters: Any) -> Any:
            self.calls.append((operation, parameters))
            if operation in self.denied:
                raise refusal("AccessDenied")
            return self._respond(operation, parameters)

        return call

    def _respond(self, operation: str, parameters: dict[str, Any]) -> Any:
        stack = self.stacks.get(parameters.get("StackName", ""))
        response: Any = None
        match operation:
            case "get_caller_identity":
                response = {"Account": ACCOUNT, "Arn": self.arn}
            case "describe_stacks" if stack is not None:
                outputs = [{"OutputKey": k, "OutputValue": v} for k, v in stack.items()]
                response = {"Stacks": [{"Outputs": outputs}]}
            case "describe_stack_resources" if stack is not None:
                response = {"StackResources": [_resource("Table", "DELETE_FAILED"), _resource("R")]}
            case "get_api_key" if parameters.get("includeValue"):
                response = {"value": "the key"}
            case "put_item":
                response = {}
        if response is None:
            raise refusal("ValidationError" if "StackName" in parameters else "ParameterNotFound")
        return response


def _resource(name: str, status: str = "DELETE_COMPLETE") -> dict[str, str]:
    return {"ResourceType": f"AWS::{name}", "PhysicalResourceId": "x", "ResourceStatus": status}


class FakePrograms:
    """The CDK CLI and pytest, which change `aws` or end as a test requires.

    Attributes:
        ran: The programs that ran: `deploy`, `pytest`, `destroy`.
        ends: The exception or status of a program that fails.
        more: More results of the tests.
    """

    def __init__(self, aws: FakeAws, url: str) -> None:
        self._aws = aws
        self._url = url
        self.ran: list[str] = []
        self.ends: dict[str, int | BaseException] = {}
        self.more = ""

    def __call__(self, command: Sequence[str], environment: Mapping[str, str]) -> int:
        assert environment["AWS_REGION"] == self._aws.region_name
        program = "pytest" if "pytest" in command else command[2]
        self.ran.append(program)
        end = self.ends.get(program, 0)
        if isinstance(end, BaseException):
            raise end
        if end == 0:
            self._work(program, command)
        return end

    def _work(self, program: str, command: Sequence[str]) -> None:
        match program:
            case "deploy":
                self._aws.stacks[command[3]] = {
                    "apigwcounterurl": f"{self._url}?systemKey=system-aa",
                    "tablename": "Trial-Counter",
                    "apikeyid": "a",
                }
            case "destroy":
                self._aws.stacks.pop(command[3], None)
            case "pytest":
                option = "--junitxml="
                (results,) = (word for word in command if word.startswith(option))
                Path(results.removeprefix(option)).write_text(RESULTS.format(more=self.more))
