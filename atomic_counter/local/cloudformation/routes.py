"""Read the methods of an API as routes."""

from collections.abc import Iterator
from typing import Any

from atomic_counter.local.cloudformation import api_resources, method_resources
from atomic_counter.local.cloudformation.models import BUILT_IN_SCHEMAS, compile_schema
from atomic_counter.local.cloudformation.properties import Resources
from atomic_counter.local.cloudformation.stack import JSON_TYPE, BodyCheck, ResponseMapping, Route
from atomic_counter.local.throttling import Throttle
from atomic_counter.local.velocity import (
    CONTEXT_MEMBERS,
    ContextSource,
    MappingTemplate,
    UnsupportedTemplateError,
)

# Without a setting, AWS's default applies: 10,000 requests a second, more than one machine sends.
UNTHROTTLED = None


class RouteReader:
    """Reads the routes of an API in a stage.

    Args:
        api_id: The API.
        stage: Its stage.
        resources: The resources of the template.

    Attributes:
        reasons: Why methods can't be served.
    """

    def __init__(
        self,
        api_id: str,
        stage: api_resources.Stage,
        resources: Resources,
    ) -> None:
        self.reasons: list[str] = []
        self._root_id = f"{api_id}.RootResourceId"
        self._stage = stage
        self._resources = resources

    def routes(self) -> Iterator[Route]:
        """Return the routes that can be served. The others are in `reasons`."""
        for name, method in self._resources.of(method_resources.Method).items():
            where = f"{self._resources.logical_ids[name]} (AWS::ApiGateway::Method)"
            count = len(self.reasons)
            path = self._path(method.resource_id, where)
            self._check(method, where)
            route = self._route(method, path, f"{where}, {method.http_method} {path or '/'}")
            if len(self.reasons) == count:
                yield route

    def _refuse(self, where: str, reason: str) -> None:
        text = f"{where}: {reason}"
        if text not in self.reasons:
            self.reasons.append(text)

    def _path(self, resource_id: str, where: str) -> str:
        """Return the path of a resource: empty for the root."""
        parts: list[str] = []
        known = self._resources.of(api_resources.Resource)
        while resource_id != self._root_id:
            resource = known.get(resource_id)
            if resource is None:
                if (
                    resource_id not in self._resources.logical_ids
                ):  # Otherwise there is a reason already.
                    self._refuse(where, f"the resource {resource_id} doesn't exist")
                break
            where = f"{self._resources.logical_ids[resource_id]} (AWS::ApiGateway::Resource)"
            if not _is_path_part(resource.path_part):
                self._refuse(where, f"`PathPart` {resource.path_part} isn't supported")
            parts.insert(0, resource.path_part)
            if len(parts) > len(known):
                self._refuse(where, "`ParentId` is the resource itself, or one below it")
                break
            resource_id = resource.parent_id
        return "".join(f"/{part}" for part in parts)

    def _check(self, method: method_resources.Method, where: str) -> None:
        """Check what a deployment would refuse."""
        declared = {response.status_code: response for response in method.method_responses}
        for response in method.integration.integration_responses:
            status = response.status_code
            if status not in declared:
                self._refuse(where, f"the integration response {status} has no method response")
                continue
            for header in response.response_parameters:
                known = declared[status].response_parameters
                if f"method.response.header.{header}" not in known:
                    self._refuse(where, f"the method response {status} has no header {header}")
        validators = self._resources.of(api_resources.RequestValidator)
        if method.request_validator_id and method.request_validator_id not in validators:
            self._refuse(where, f"the validator {method.request_validator_id} doesn't exist")

    def _route(self, method: method_resources.Method, path: str, where: str) -> Route:
        integration = method.integration
        request_templates = {
            content_type.lower(): self._compile(
                source, method, where, f"request template for {content_type}"
            )
            for content_type, source in integration.request_templates.items()
        }
        return Route(
            resource_id=method.resource_id,
            resource_path=path,
            http_method=method.http_method,
            requires_signature=method.authorization_type == "AWS_IAM",
            api_key_required=method.api_key_required,
            throttle=_throttle(self._stage, path, method.http_method),
            required=tuple(self._required(method, where)),
            body_checks=self._body_checks(method, where),
            action=integration.action,
            timeout_seconds=integration.timeout_in_millis / 1000,
            passthrough=integration.passthrough_behavior,
            request_templates={name: each for name, each in request_templates.items() if each},
            responses=tuple(
                ResponseMapping(
                    status=response.status_code,
                    selection_pattern=response.selection_pattern,
                    headers=response.response_parameters,
                    template=self._response_template(response, method, where),
                )
                for response in integration.integration_responses
            ),
        )

    def _response_template(
        self,
        response: method_resources.IntegrationResponseProperties,
        method: method_resources.Method,
        where: str,
    ) -> MappingTemplate | None:
        templates, status = response.response_templates, response.status_code
        is_mock = method.integration.action is None
        if not templates:
            return MappingTemplate("") if is_mock else None
        if list(templates) != [JSON_TYPE]:
            given = ", ".join(templates)
            reason = f"must have one template, for {JSON_TYPE}, got {given}"
            self._refuse(where, f"the integration response {status} {reason}")
            return None
        if not templates[JSON_TYPE] and not is_mock:
            reason = "has an empty template: remove it to pass the body through"
            self._refuse(where, f"the integration response {status} {reason}")
            return None
        return self._compile(templates[JSON_TYPE], method, where, f"response template of {status}")

    def _compile(
        self, source: str, method: method_resources.Method, where: str, name: str
    ) -> MappingTemplate | None:
        try:
            template = MappingTemplate(source)
        except UnsupportedTemplateError as error:
            for problem in error.problems:
                self._refuse(where, f"{name}, {problem}")
            return None
        unknown = _unknown_sources(method)
        for member in sorted(template.context_members & CONTEXT_MEMBERS.keys()):
            if CONTEXT_MEMBERS[member] in unknown:
                reason = f"$context.{member} isn't known here: it needs {CONTEXT_MEMBERS[member]}"
                self._refuse(where, f"{name}: {reason}")
        return template

    def _body_checks(self, method: method_resources.Method, where: str) -> dict[str, BodyCheck]:
        """Return the checks of the models, if the method's validator checks bodies."""
        validators = self._resources.of(api_resources.RequestValidator)
        validator = validators.get(method.request_validator_id or "")
        if not (validator and validator.validate_request_body):
            return {}
        checks = {}
        schemas = self._schemas()
        for content_type, name in method.request_models.items():
            try:
                checks[content_type.lower()] = compile_schema(name, schemas)
            except ValueError as error:
                self._refuse(where, f"the model {name} isn't supported: {error}")
        return checks

    def _schemas(self) -> dict[str, dict[str, Any]]:
        """Return the JSON Schemas of the API's models by name."""
        models = self._resources.of(api_resources.Model)
        return {**BUILT_IN_SCHEMAS, **{name: each.json_schema for name, each in models.items()}}

    def _required(self, method: method_resources.Method, where: str) -> Iterator[tuple[str, str]]:
        validators = self._resources.of(api_resources.RequestValidator)
        validator = validators.get(method.request_validator_id or "")
        for parameter, required in method.request_parameters.items():
            place, _, name = parameter.removeprefix("method.request.").partition(".")
            if place not in ("header", "path", "querystring") or not name:
                self._refuse(where, f"the request parameter {parameter} isn't supported")
            elif required and validator and validator.validate_request_parameters:
                yield place, name


def _is_path_part(part: str) -> bool:
    is_parameter = part.startswith("{") and part.endswith("}")
    return part[1:-1].isidentifier() if is_parameter else not set("{}/") & set(part)


def _unknown_sources(method: method_resources.Method) -> set[ContextSource]:
    """Return the sources of `$context` that a method has in AWS, and doesn't have here."""
    is_signed = method.authorization_type == "AWS_IAM"
    return {
        *([ContextSource.SIGNATURE] if is_signed else []),
        *([ContextSource.API_KEY] if method.api_key_required else []),
    }


def _throttle(stage: api_resources.Stage, path: str, http_method: str) -> Throttle | None:
    settings = {
        (setting.resource_path, setting.http_method): setting for setting in stage.method_settings
    }
    own = settings.get(("/" + path.replace("/", "~1"), http_method))
    setting = own or settings.get(("/*", "*"))
    if setting is None or setting.throttling_rate_limit is None:
        return UNTHROTTLED
    burst = setting.throttling_burst_limit
    return Throttle(setting.throttling_rate_limit, burst if burst is not None else 5000)
