"""The intrinsic functions, parameters and conditions of CloudFormation."""

import re
from collections.abc import Callable, Mapping
from typing import Any

PSEUDO_PARAMETERS: dict[str, Any] = {
    "AWS::AccountId": "000000000000",
    "AWS::NotificationARNs": [],
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackId": "arn:aws:cloudformation:us-east-1:000000000000:stack/local/1",
    "AWS::URLSuffix": "amazonaws.com",
}
NO_VALUE = object()


class IntrinsicError(Exception):
    """An intrinsic function isn't supported, or what it names doesn't exist."""


# The property that names a resource.
NAME_PROPERTIES = {
    "AWS::ApiGateway::Model": "Name",
    "AWS::ApiGateway::Stage": "StageName",
    "AWS::DynamoDB::GlobalTable": "TableName",
    "AWS::DynamoDB::Table": "TableName",
}
TABLES = {"AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table"}


class Resolver:
    """Replaces the intrinsic functions in a template's values.

    A resource that the template doesn't name is called `{stack}-{logical id}`, which is the same
    at every start. A parameter has its default value.

    Args:
        stack_name: The stack's name.
        document: The template, whose sections are maps.
    """

    def __init__(self, stack_name: str, document: Mapping[str, Any]) -> None:
        self._stack_name = stack_name
        self._resources: Mapping[str, Any] = document.get("Resources", {})
        self._parameters: Mapping[str, Any] = document.get("Parameters", {})
        self._conditions: Mapping[str, Any] = document.get("Conditions", {})
        self._mappings: Mapping[str, Any] = document.get("Mappings", {})
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Condition": self.holds,
            "Fn::And": lambda parts: all(map(self._truth, parts)),
            "Fn::Equals": lambda pair: self.resolve(pair[0]) == self.resolve(pair[1]),
            "Fn::FindInMap": self._find_in_map,
            "Fn::GetAtt": self._get_att,
            "Fn::If": self._if,
            "Fn::Join": self._join,
            "Fn::Not": lambda parts: not self._truth(parts[0]),
            "Fn::Or": lambda parts: any(map(self._truth, parts)),
            "Fn::Select": lambda pair: self.resolve(pair[1])[int(self.resolve(pair[0]))],
            "Fn::Split": lambda pair: str(self.resolve(pair[1])).split(pair[0]),
            "Fn::Sub": self._sub,
            "Ref": self._ref,
        }

    def resolve(self, value: Any) -> Any:
        """Return `value` without intrinsic functions.

        Raises:
            IntrinsicError: An intrinsic function isn't supported, or what it names doesn't exist.
        """
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        match list(value.items()):
            case [(function, argument)] if function in self._functions:
                return self._apply(function, argument)
            case [(function, _)] if function.startswith("Fn::"):
                raise IntrinsicError(f"the intrinsic function {function} isn't supported")
        resolved = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not NO_VALUE}

    def holds(self, condition: Any) -> bool:
        """Return whether a condition holds.

        Raises:
            IntrinsicError: It doesn't exist.
        """
        if condition not in self._conditions:
            raise IntrinsicError(f"the condition {condition} doesn't exist")
        return self._truth(self._conditions[condition])

    def _truth(self, condition: Any) -> bool:
        return self.resolve(condition) is True

    def _apply(self, function: str, argument: Any) -> Any:
        if function == "Condition" and not isinstance(argument, str):
            return {function: self.resolve(argument)}
        try:
            return self._functions[function](argument)
        except (IndexError, KeyError, TypeError, ValueError):
            raise IntrinsicError(f"{function} has an unexpected form") from None
        except RecursionError:
            raise IntrinsicError(f"{function} refers to itself") from None

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name == "AWS::StackName":
            return self._stack_name
        if name in PSEUDO_PARAMETERS:
            return PSEUDO_PARAMETERS[name]
        if name in self._parameters:
            return self._default(name)
        if name not in self._resources:
            raise IntrinsicError(f"Ref {name} doesn't name a resource or parameter of the template")
        resource = self._resources[name]
        given = (resource.get("Properties") or {}).get(NAME_PROPERTIES.get(resource["Type"]))
        return self.resolve(given) if given else f"{self._stack_name}-{name}"

    def _default(self, name: str) -> Any:
        parameter = self._parameters[name]
        if "Default" not in parameter:
            raise IntrinsicError(f"the parameter {name} has no default value")
        value = parameter["Default"]
        is_list = str(parameter.get("Type", "")).startswith(("CommaDelimitedList", "List<"))
        return [part.strip() for part in str(value).split(",")] if is_list else value

    def _get_att(self, target: Any) -> str:
        name, attribute = target.split(".", 1) if isinstance(target, str) else target
        physical_id = self._ref(name)
        if attribute == "Arn" and self._resources[name]["Type"] in TABLES:
            arn = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Table}"
            return self._sub([arn, {"Table": physical_id}])
        return f"{physical_id}.{attribute}"

    def _join(self, argument: Any) -> str:
        separator, parts = argument
        return str(separator).join(str(part) for part in self.resolve(parts))

    def _if(self, argument: Any) -> Any:
        condition, yes, no = argument
        return self.resolve(yes if self.holds(condition) else no)

    def _find_in_map(self, argument: Any) -> Any:
        name, first, second = map(self.resolve, argument)
        return self._mappings[name][first][second]

    def _sub(self, argument: Any) -> str:
        text, values = (argument, {}) if isinstance(argument, str) else argument

        def value_of(match: re.Match[str]) -> str:
            name = match[1]
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if name in values:
                return str(self.resolve(values[name]))
            return str(self._get_att(name) if "." in name else self._ref(name))

        return re.sub(r"\$\{([^}]+)\}", value_of, text)
