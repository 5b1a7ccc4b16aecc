"""Read a CloudFormation template file as what is to be served."""

import json
import re
import secrets
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from atomic_counter.local import LocalError
from atomic_counter.local.template import resources
from atomic_counter.local.template.api import JSON, Api, IntegrationResponse, Route, Stack
from atomic_counter.local.template.intrinsics import PSEUDO_PARAMETERS, Resolver
from atomic_counter.local.template.velocity import Template
from atomic_counter.local.throttling import Throttle

P = TypeVar("P", bound=resources.Properties)


def load(path: Path) -> Stack:
    """Read a synthesized template.

    Raises:
        LocalError: The file is missing or no template, or it needs what cannot be served here;
            the message names the file, the resource and the property.
    """
    document = read_document(path)
    try:
        return _Reader(path.name.partition(".")[0], document).read()
    except LocalError as error:
        raise LocalError(f"template {path}: {error}") from None


def read_document(path: Path) -> dict[str, Any]:
    """Read a template file as it is, with its resources by logical id.

    Raises:
        LocalError: The file is missing or no template.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise LocalError(f"template {path}: {error.strerror}") from None
    except ValueError:
        raise LocalError(f"template {path}: not a JSON document") from None
    if not isinstance(document, dict) or not isinstance(document.get("Resources"), dict):
        raise LocalError(f"template {path}: no CloudFormation template: it has no Resources")
    for logical_id, resource in document["Resources"].items():
        if not isinstance(resource, dict) or "Type" not in resource:
            raise LocalError(
                f"template {path}: no CloudFormation template: {logical_id} has no Type"
            )
    return document


class _Reader:
    def __init__(self, stack_name: str, document: dict[str, Any]) -> None:
        self._stack_name = stack_name
        self._document = document
        self._resolver = Resolver(stack_name, document["Resources"])

    def read(self) -> Stack:
        return Stack(
            name=self._stack_name,
            tables=self._all(resources.Table),
            api=self._api(),
            outputs={
                name: str(self._resolver.resolve(output["Value"]))
                for name, output in self._document.get("Outputs", {}).items()
            },
        )

    @cached_property
    def _resources(self) -> dict[str, resources.Properties]:
        return {
            self._resolver.resolve({"Ref": logical_id}): self._properties(logical_id, resource)
            for logical_id, resource in self._document["Resources"].items()
            if resource["Type"] not in resources.PASSED_OVER
        }

    def _properties(self, logical_id: str, resource: dict[str, Any]) -> resources.Properties:
        where = f"{logical_id} ({resource['Type']})"
        model = resources.SERVED.get(resource["Type"])
        if model is None:
            raise LocalError(f"{where}: this resource type is not supported")
        if "Condition" in resource:
            raise LocalError(f"{where}: a condition on a resource is not supported")
        try:
            return model.model_validate(self._resolver.resolve(resource.get("Properties", {})))
        except ValidationError as error:
            raise LocalError(f"{where}: {_first(error)}") from None
        except LocalError as error:
            raise LocalError(f"{where}: {error}") from None

    def _all(self, model: type[P]) -> dict[str, P]:
        return {
            name: properties
            for name, properties in self._resources.items()
            if isinstance(properties, model)
        }

    def _only(self, model: type[P]) -> tuple[str, P]:
        found = self._all(model)
        if len(found) != 1:
            raise LocalError(f"one {model.__name__} can be served, the template has {len(found)}")
        return next(iter(found.items()))

    def _api(self) -> Api:
        api_id, _ = self._only(resources.RestApi)
        _, stage = self._only(resources.Stage)
        name, suffix = map(re.escape, (api_id, PSEUDO_PARAMETERS["AWS::URLSuffix"]))
        return Api(
            stage=stage.stage_name,
            invoke_url=re.compile(rf"https://{name}\.execute-api\.[a-z0-9-]+\.{suffix}"),
            routes={
                (f"/{stage.stage_name}{route.resource_path}", route.http_method): route
                for route in self._routes(stage)
            },
            api_keys=frozenset(self._api_keys(api_id, stage.stage_name)),
            gateway_responses={
                response.response_type: response
                for response in self._all(resources.GatewayResponse).values()
            },
        )

    def _api_keys(self, api_id: str, stage_name: str) -> Iterator[str]:
        plans = {
            name
            for name, plan in self._all(resources.UsagePlan).items()
            if (api_id, stage_name) in [(stage.api_id, stage.stage) for stage in plan.api_stages]
        }
        members = {
            member.key_id
            for member in self._all(resources.UsagePlanKey).values()
            if member.usage_plan_id in plans
        }
        for name, key in self._all(resources.ApiKey).items():
            if key.enabled and name in members:
                yield key.value or secrets.token_urlsafe(30)

    def _routes(self, stage: resources.Stage) -> Iterator[Route]:
        for name, method in self._all(resources.Method).items():
            integration = method.integration
            path = self._path(method.resource_id)
            try:
                yield Route(
                    resource_path=path,
                    http_method=method.http_method,
                    signed=method.authorization_type == "AWS_IAM",
                    api_key_required=method.api_key_required,
                    throttle=_throttle(stage, path, method.http_method),
                    required_querystring=tuple(self._required(method)),
                    action=_action(integration),
                    timeout_seconds=integration.timeout_in_millis / 1000,
                    request_template=_json_template(integration.request_templates),
                    integration_responses=tuple(
                        IntegrationResponse(
                            status=response.status_code,
                            selection_pattern=response.selection_pattern,
                            headers=response.response_parameters,
                            template=_response_template(integration, response),
                        )
                        for response in integration.integration_responses
                    ),
                )
            except LocalError as error:
                raise LocalError(f"{name}: {error}") from None

    def _path(self, resource_id: str) -> str:
        resource = self._all(resources.Resource).get(resource_id)
        return f"{self._path(resource.parent_id)}/{resource.path_part}" if resource else ""

    def _required(self, method: resources.Method) -> Iterator[str]:
        validators = self._all(resources.RequestValidator)
        validator = validators.get(method.request_validator_id or "")
        if not (validator and validator.validate_request_parameters):
            return
        for parameter, required in method.request_parameters.items():
            place, _, name = parameter.removeprefix("method.request.").partition(".")
            if required and place != "querystring":
                raise LocalError(f"the required parameter {parameter} is not supported")
            if required:
                yield name


def _throttle(stage: resources.Stage, path: str, http_method: str) -> Throttle | None:
    settings = {
        (setting.resource_path, setting.http_method): setting for setting in stage.method_settings
    }
    own = ("/" + path.replace("/", "~1"), http_method)
    setting = settings.get(own) or settings.get(("/*", "*"))
    if setting is None:
        return None
    return Throttle(setting.throttling_rate_limit, setting.throttling_burst_limit)


def _action(integration: resources.Integration) -> str | None:
    if isinstance(integration, resources.AwsIntegration):
        return integration.uri.rpartition("/")[2]
    return None


def _response_template(
    integration: resources.Integration, response: resources.IntegrationResponse
) -> Template:
    """Without one, what the backend said is passed on; a mock says nothing."""
    if isinstance(integration, resources.MockIntegration) and not response.response_templates:
        return Template("")
    return _json_template(response.response_templates)


def _json_template(templates: Mapping[str, str]) -> Template:
    if list(templates) != [JSON]:
        raise LocalError(f"one template, for {JSON}, is supported, not {list(templates)}")
    return Template(templates[JSON])


def _first(error: ValidationError) -> str:
    detail = error.errors()[0]
    name = ".".join(map(str, detail["loc"]))
    if detail["type"] == "extra_forbidden":
        return f"the property {name} is not supported"
    return f"the property {name} is not supported as {detail['input']!r}: {detail['msg']}"
