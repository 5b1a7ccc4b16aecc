"""A stack to serve: its tables, its API with the routes, and its outputs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from atomic_counter.local.template import resources
from atomic_counter.local.template.mapping_template import MappingTemplate
from atomic_counter.local.throttling import Throttle

JSON_TYPE = "application/json"


@dataclass(frozen=True)
class ResponseMapping:
    """An integration response: the statuses that select it, and what it returns."""

    status: int
    selection_pattern: re.Pattern[str] | None
    headers: Mapping[str, str]
    template: MappingTemplate


@dataclass(frozen=True, eq=False)
class Route:
    """One method of one resource, and its integration.

    Attributes:
        action: The DynamoDB action that it calls. None if its integration is a mock, which returns
            the status in its rendered request template, and nothing else.
        responses: The integration responses.
    """

    resource_path: str
    http_method: str
    is_signed: bool
    api_key_required: bool
    throttle: Throttle | None
    required_querystring: tuple[str, ...]
    action: str | None
    timeout_seconds: float
    request_template: MappingTemplate
    responses: tuple[ResponseMapping, ...]


@dataclass(frozen=True)
class Api:
    """A REST API in its stage.

    Attributes:
        invoke_url: Matches the beginning of its URLs in an account, in any Region.
        routes: The routes by path, including the stage, and HTTP method.
        api_keys: The API keys that a usage plan accepts in the stage. A key without a value in the
            template has a random one.
        gateway_responses: The customized gateway responses, by type.
    """

    stage: str
    invoke_url: re.Pattern[str]
    routes: Mapping[tuple[str, str], Route]
    api_keys: frozenset[str]
    gateway_responses: Mapping[str, resources.GatewayResponse]

    @property
    def is_signed(self) -> bool:
        """Whether any route requires a signature."""
        return any(route.is_signed for route in self.routes.values())


@dataclass(frozen=True)
class Stack:
    """The stack of a template.

    Attributes:
        tables: The tables by name.
        outputs: The values of the outputs by name, with the URLs that an account would have.
    """

    name: str
    tables: Mapping[str, resources.Table]
    api: Api
    outputs: Mapping[str, str]

    def outputs_at(self, base_url: str) -> dict[str, str]:
        """Return the outputs, with the API at `base_url`."""
        return {
            name: self.api.invoke_url.sub(lambda _: base_url, value)
            for name, value in self.outputs.items()
        }
