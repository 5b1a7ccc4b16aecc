"""What is to be served: a stack's tables, its API with its routes, and its outputs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from atomic_counter.local.template import resources
from atomic_counter.local.template.velocity import Template
from atomic_counter.local.throttling import Throttle

JSON = "application/json"


@dataclass(frozen=True)
class IntegrationResponse:
    status: int
    selection_pattern: re.Pattern[str] | None
    headers: Mapping[str, str]
    template: Template


@dataclass(frozen=True, eq=False)
class Route:
    """One method of one resource, and its integration.

    Attributes:
        action: The DynamoDB operation that it calls; None where its integration is a mock, which
            answers with the status that its request template says, and with nothing else.
    """

    resource_path: str
    http_method: str
    signed: bool
    api_key_required: bool
    throttle: Throttle | None
    required_querystring: tuple[str, ...]
    action: str | None
    timeout_seconds: float
    request_template: Template
    integration_responses: tuple[IntegrationResponse, ...]


@dataclass(frozen=True)
class Api:
    """A REST API in its stage.

    Attributes:
        invoke_url: What its URLs in an account begin with, in whichever Region.
        routes: By path, stage included, and HTTP method.
        api_keys: Those that a usage plan lets into the stage; made up where the template leaves
            it to the account.
        gateway_responses: The customised ones, by response type.
    """

    stage: str
    invoke_url: re.Pattern[str]
    routes: Mapping[tuple[str, str], Route]
    api_keys: frozenset[str]
    gateway_responses: Mapping[str, resources.GatewayResponse]


@dataclass(frozen=True)
class Stack:
    """What a template file describes.

    Attributes:
        tables: The tables by their names.
        outputs: The outputs' values, with the URLs that the account would have.
    """

    name: str
    tables: Mapping[str, resources.Table]
    api: Api
    outputs: Mapping[str, str]

    def outputs_at(self, base_url: str) -> dict[str, str]:
        """The outputs, with the API at `base_url` instead of in an account."""
        return {
            name: self.api.invoke_url.sub(lambda _: base_url, value)
            for name, value in self.outputs.items()
        }
