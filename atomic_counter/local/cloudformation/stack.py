"""A stack to serve: its tables, its API with the routes, and its outputs."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from atomic_counter.local.cloudformation import api_resources, method_resources, resources
from atomic_counter.local.throttling import Throttle
from atomic_counter.local.velocity import MappingTemplate

JSON_TYPE = "application/json"
BodyCheck = Callable[[Any], object]


@dataclass(frozen=True)
class ResponseMapping:
    """An integration response: the statuses that select it, and what it returns.

    Attributes:
        selection_pattern: Matches the status of the integration. None: the default response.
        template: Renders the body. None: the body of the integration is passed through.
    """

    status: int
    selection_pattern: re.Pattern[str] | None
    headers: Mapping[str, str]
    template: MappingTemplate | None


@dataclass(frozen=True, eq=False)
class Route:
    """One method of one resource, and its integration.

    Attributes:
        required: The required parameters: the place and the name of each.
        body_checks: Checks of a body by content type, which raise an exception.
        action: The DynamoDB action that it calls. None if its integration is a mock, which returns
            the status in its rendered request template, and nothing else.
        passthrough: When a body without a request template of its type is sent as it is.
        request_templates: The request templates by content type.
        responses: The integration responses.
    """

    resource_id: str
    resource_path: str
    http_method: str
    requires_signature: bool
    api_key_required: bool
    throttle: Throttle | None
    required: tuple[tuple[str, str], ...]
    body_checks: Mapping[str, BodyCheck]
    action: str | None
    timeout_seconds: float
    passthrough: method_resources.Passthrough
    request_templates: Mapping[str, MappingTemplate]
    responses: tuple[ResponseMapping, ...]


@dataclass(frozen=True)
class Api:
    """A REST API in its stage.

    Attributes:
        stage_variables: The variables of the stage.
        invoke_url: Matches the beginning of its URLs in an account, in any Region.
        routes: The routes by path, including the stage, and HTTP method. A path can have parameters
            such as `{id}`.
        api_keys: The API keys that a usage plan accepts in the stage. A key without a value in the
            template has a random one.
        gateway_responses: The customized gateway responses, by type.
    """

    api_id: str
    stage: str
    stage_variables: Mapping[str, str]
    invoke_url: re.Pattern[str]
    routes: Mapping[tuple[str, str], Route]
    api_keys: frozenset[str]
    gateway_responses: Mapping[str, api_resources.GatewayResponse]

    def find(self, path: str, http_method: str) -> tuple[Route, Mapping[str, str]] | None:
        """Return the route of a path and HTTP method, with its path parameters."""
        route = self.routes.get((path, http_method))
        if route:
            return route, {}
        for template, pattern in self._patterns.items():
            match = pattern.fullmatch(path)
            if match:
                methods = (http_method, "ANY")
                found = (self.routes.get((template, method)) for method in methods)
                return next(((route, match.groupdict()) for route in found if route), None)
        return None

    @property
    def requires_signature(self) -> bool:
        """Whether any route requires a signature."""
        return any(route.requires_signature for route in self.routes.values())

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        """The pattern of each path, literal parts before parameters."""
        paths = dict.fromkeys(path for path, _ in self.routes)
        return {path: _path_pattern(path) for path in sorted(paths, key=_specificity)}


@dataclass(frozen=True)
class Stack:
    """The stack of a template.

    Attributes:
        tables: The tables by name.
        seeds: The items that the template puts into new tables.
        warnings: What the template has and nothing here serves, a sentence each.
        outputs: The values of the outputs by name, with the URLs that an account would have.
    """

    name: str
    tables: Mapping[str, resources.Table]
    seeds: Sequence[Mapping[str, Any]]
    warnings: Sequence[str]
    api: Api
    outputs: Mapping[str, str]

    def outputs_at(self, base_url: str) -> dict[str, str]:
        """Return the outputs, with the API at `base_url`."""
        return {
            name: self.api.invoke_url.sub(lambda _: base_url, value)
            for name, value in self.outputs.items()
        }


def _path_pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", path)
    return re.compile(
        "".join(
            f"(?P<{part}>[^/]+)" if index % 2 else re.escape(part)
            for index, part in enumerate(parts)
        )
    )


def _specificity(path: str) -> tuple[bool, ...]:
    """Return a key that sorts literal parts of a path before parameters."""
    return tuple("{" in part for part in path.split("/"))
