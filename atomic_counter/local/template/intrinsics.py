"""The intrinsic functions of CloudFormation that synthesized counters use."""

from collections.abc import Mapping
from typing import Any

from atomic_counter.tooling.errors import CommandError

PSEUDO_PARAMETERS = {
    "AWS::AccountId": "000000000000",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::URLSuffix": "amazonaws.com",
}
NO_VALUE = object()

# The property that names a resource.
NAME_PROPERTIES = {
    "AWS::ApiGateway::Stage": "StageName",
    "AWS::DynamoDB::GlobalTable": "TableName",
    "AWS::DynamoDB::Table": "TableName",
}


class Resolver:
    """Replaces the intrinsic functions in a template's values.

    A resource that the template doesn't name is called `{stack}-{logical id}`, which is the same
    at every start.
    """

    def __init__(self, stack_name: str, resources: Mapping[str, Any]) -> None:
        self._stack_name = stack_name
        self._resources = resources

    def resolve(self, value: Any) -> Any:
        """Return `value` without intrinsic functions.

        Raises:
            CommandError: An intrinsic function isn't supported, or a resource doesn't exist.
        """
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        match list(value.items()):
            case [("Ref", name)]:
                return self._ref(name)
            case [("Fn::GetAtt", [name, attribute])]:
                return f"{self._ref(name)}.{attribute}"
            case [("Fn::Join", [separator, parts])]:
                return separator.join(str(part) for part in self.resolve(parts))
            case [(function, _)] if function.startswith("Fn::"):
                raise CommandError(f"the intrinsic function {function} isn't supported")
        resolved = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not NO_VALUE}

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name == "AWS::StackName":
            return self._stack_name
        if name in PSEUDO_PARAMETERS:
            return PSEUDO_PARAMETERS[name]
        if name not in self._resources:
            raise CommandError(f"Ref {name} doesn't name a resource of the template")
        resource = self._resources[name]
        given = resource.get("Properties", {}).get(NAME_PROPERTIES.get(resource["Type"]))
        return self.resolve(given) if given else f"{self._stack_name}-{name}"
