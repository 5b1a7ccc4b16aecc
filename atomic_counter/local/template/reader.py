"""Read a CloudFormation template file as a stack to serve."""

import json
import re
import secrets
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from atomic_counter.local.template import resources
from atomic_counter.local.template.api import JSON_TYPE, Api, ResponseMapping, Route, Stack
from atomic_counter.local.template.intrinsics import PSEUDO_PARAMETERS, Resolver
from atomic_counter.local.template.mapping_template import MappingTemplate
from atomic_counter.local.throttling import Throttle
from atomic_counter.tooling.errors import CommandError

P = TypeVar("P", bound=resources.Properties)


def load_template(path: Path) -> Stack:
    """Read a synthesized template.

    Raises:
        CommandError: The file is missing, isn't a template, or needs something that isn't
            supported. The message names the file, the resource and the property.
    """
    document = read_document(path)
    try:
        return _Reader(path.name.partition(".")[0], document).read()
    except CommandError as error:
        raise CommandError(f"template {path}: {error}") from None


def read_document(path: Path) -> dict[str, Any]:
    """Return the document in a template file."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"template {path}: {error.strerror}") from None
    except ValueError:
        raise CommandError(f"template {path}: not a JSON document") from None
    if not isinstance(document, dict) or not isinstance(document.get("Resources"), dict):
        raise CommandError(f"template {path}: not a CloudFormation template: it has no Resources")
    for logical_id, resource in document["Resources"].items():
        if not isinstance(resource, dict) or "Type" not in resource:
            raise CommandError(
                f"template {path}: not a CloudFormation template: {logical_id} has no Type"
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
            if resource["Type"] not in resources.IGNORED_TYPES
        }

    def _properties(self, logical_id: str, resource: dict[str, Any]) -> resources.Properties:
        where = f"{logical_id} ({resource['Type']})"
        model = resources.SUPPORTED_TYPES.get(resource["Type"])
        if model is None:
            raise CommandError(f"{where}: this resource type isn't supported")
        if "Condition" in resource:
            raise CommandError(f"{where}: a condition on a resource isn't supported")
        try:
            return model.model_validate(self._resolver.resolve(resource.get("Properties", {})))
        except ValidationError as error:
            raise CommandError(f"{where}: {_first(error)}") from None
        except CommandError as error:
            raise CommandError(f"{where}: {error}") from None

    def _all(self, model: type[P]) -> dict[str, P]:
        return {
            name: properties
            for name, properties in self._resources.items()
            if isinstance(properties, model)
        }

    def _only(self, model: type[P]) -> tuple[str, P]:
        found = self._all(model)
        if len(found) != 1:
            raise CommandError(
                f"a template must have exactly one {model.__name__}, got {len(found)}"
            )
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
                    is_signed=method.authorization_type == "AWS_IAM",
                    api_key_required=method.api_key_required,
                    throttle=_throttle(stage, path, method.http_method),
                    required_querystring=tuple(self._required(method)),
                    action=_action(integration),
                    timeout_seconds=integration.timeout_in_millis / 1000,
                    request_template=_json_template(integration.request_templates),
                    responses=tuple(
                        ResponseMapping(
                            status=response.status_code,
                            selection_pattern=response.selection_pattern,
                            headers=response.response_parameters,
                            template=_response_template(integration, response),
                        )
                        for response in integration.integration_responses
                    ),
                )
            except CommandError as error:
                raise CommandError(f"{name}: {error}") from None

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
                raise CommandError(f"the required parameter {parameter} isn't supported")
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
    integration: resources.Integration, response: resources.IntegrationResponseProperties
) -> MappingTemplate:
    if isinstance(integration, resources.MockIntegration) and not response.response_templates:
        return MappingTemplate("")
    return _json_template(response.response_templates)


def _json_template(templates: Mapping[str, str]) -> MappingTemplate:
    if list(templates) != [JSON_TYPE]:
        raise CommandError(f"one template, for {JSON_TYPE}, is supported, got {list(templates)}")
    return MappingTemplate(templates[JSON_TYPE])


def _first(error: ValidationError) -> str:
    detail = error.errors()[0]
    name = ".".join(map(str, detail["loc"]))
    if detail["type"] == "extra_forbidden":
        return f"the property {name} isn't supported"
    return f"the property {name} isn't supported as {detail['input']!r}: {detail['msg']}"
