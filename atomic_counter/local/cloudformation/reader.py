"""Read a CloudFormation template file as a stack to serve."""

import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from atomic_counter.local.cloudformation import api_resources, resources
from atomic_counter.local.cloudformation.document import read_document
from atomic_counter.local.cloudformation.intrinsics import (
    PSEUDO_PARAMETERS,
    IntrinsicError,
    Resolver,
)
from atomic_counter.local.cloudformation.properties import Resources
from atomic_counter.local.cloudformation.reasons import sentences
from atomic_counter.local.cloudformation.routes import RouteReader
from atomic_counter.local.cloudformation.stack import Api, Stack
from atomic_counter.tooling.errors import CommandError

T = TypeVar("T")


def load_template(path: Path) -> Stack:
    """Read a synthesized template.

    Raises:
        CommandError: The file is missing, isn't a template, or needs something that isn't
            supported. The message names the file and every reason, with its resource and property.
    """
    document = read_document(path)
    reader = _Reader(path.name.partition(".")[0], document)
    stack = reader.read()
    if reader.reasons or stack is None:
        count = f"{len(reader.reasons)} reasons" if len(reader.reasons) > 1 else "one reason"
        lines = "".join(f"\n  {reason}" for reason in reader.reasons)
        raise CommandError(f"template {path} can't be served, for {count}:{lines}")
    return stack


class _Reader:
    """Reads a template.

    Attributes:
        reasons: Why it can't be served.
    """

    def __init__(self, stack_name: str, document: dict[str, Any]) -> None:
        self.reasons: list[str] = []
        self._warnings: list[str] = []
        self._stack_name = stack_name
        self._document = document
        self._resolver = Resolver(stack_name, document)
        self._resources = Resources()

    def read(self) -> Stack | None:
        """Return the stack, or None if there are reasons against it."""
        for logical_id, resource in self._document["Resources"].items():
            self._attempt(f"{logical_id} ({resource['Type']})", self._add, logical_id, resource)
        api = self._api()
        outputs = {
            name: self._attempt(f"output {name}", self._output, output)
            for name, output in self._document["Outputs"].items()
        }
        if api is None or self.reasons:
            return None
        return Stack(
            name=self._stack_name,
            tables=self._resources.of(resources.Table),
            seeds=list(self._seeds()),
            warnings=self._warnings,
            api=api,
            outputs={name: value for name, value in outputs.items() if value is not None},
        )

    def _attempt(self, where: str, function: Callable[..., T], *arguments: Any) -> T | None:
        """Call a function, and add to the reasons why it fails."""
        try:
            return function(*arguments)
        except ValidationError as error:
            self.reasons += [f"{where}: {sentence}" for sentence in sentences(error)]
        except IntrinsicError as error:
            self.reasons.append(f"{where}: {error}")
        return None

    def _add(self, logical_id: str, resource: dict[str, Any]) -> None:
        kind = resource["Type"]
        if "Condition" in resource and not self._resolver.holds(resource["Condition"]):
            return
        if kind in resources.IGNORED_TYPES or kind.startswith(resources.IGNORED_SERVICES):
            return
        model = resources.SUPPORTED_TYPES.get(kind)
        if model is None:
            self._warnings.append(f"{logical_id} ({kind}) isn't served here")
            return
        physical_id = self._resolver.resolve({"Ref": logical_id})
        self._resources.logical_ids[physical_id] = logical_id
        given = self._resolver.resolve(resource.get("Properties") or {})
        self._resources.properties[physical_id] = model.model_validate(given)

    def _output(self, output: Mapping[str, Any]) -> str | None:
        if "Condition" in output and not self._resolver.holds(output["Condition"]):
            return None
        return str(self._resolver.resolve(output["Value"]))

    def _only(self, name: str, found: Mapping[str, T]) -> tuple[str, T] | None:
        if len(found) == 1:
            return next(iter(found.items()))
        types = [each["Type"] for each in self._document["Resources"].values()]
        if not found and f"AWS::ApiGateway::{name}" in types:
            return None  # Its reason is already listed.
        self.reasons.append(f"a template must have exactly one {name}, got {len(found)}")
        return None

    def _stages(self) -> dict[str, api_resources.Stage]:
        """Return the stages by name, also those that a deployment makes."""
        stages = {
            stage.stage_name: stage for stage in self._resources.of(api_resources.Stage).values()
        }
        for deployment in self._resources.of(api_resources.Deployment).values():
            if deployment.stage_name:
                stages.setdefault(deployment.stage_name, _stage_of(deployment))
        return stages

    def _api(self) -> Api | None:
        found_api = self._only("RestApi", self._resources.of(api_resources.RestApi))
        found_stage = self._only("Stage", self._stages())
        if not (found_api and found_stage):
            return None
        (api_id, _), (_, stage) = found_api, found_stage
        reader = RouteReader(api_id, stage, self._resources)
        routes = {
            (f"/{stage.stage_name}{route.resource_path}".rstrip("/"), route.http_method): route
            for route in reader.routes()
        }
        self.reasons += reader.reasons
        name, suffix = re.escape(api_id), re.escape(PSEUDO_PARAMETERS["AWS::URLSuffix"])
        return Api(
            api_id=api_id,
            stage=stage.stage_name,
            stage_variables=stage.variables,
            invoke_url=re.compile(rf"https://{name}\.execute-api\.[a-z0-9-]+\.{suffix}"),
            routes=routes,
            api_keys=frozenset(self._api_keys(api_id, stage.stage_name)),
            gateway_responses={
                response.response_type: response
                for response in self._resources.of(api_resources.GatewayResponse).values()
            },
        )

    def _api_keys(self, api_id: str, stage_name: str) -> Iterator[str]:
        plans = {
            name
            for name, plan in self._resources.of(api_resources.UsagePlan).items()
            if (api_id, stage_name) in [(stage.api_id, stage.stage) for stage in plan.api_stages]
        }
        members = {
            member.key_id
            for member in self._resources.of(api_resources.UsagePlanKey).values()
            if member.usage_plan_id in plans
        }
        for name, key in self._resources.of(api_resources.ApiKey).items():
            if key.enabled and name in members:
                yield key.value or secrets.token_urlsafe(30)

    def _seeds(self) -> Iterator[Mapping[str, Any]]:
        """Return the parameters of the `putItem`s of custom resources."""
        for name, custom in self._resources.of(resources.CustomAws).items():
            call = custom.create
            is_put = call and (call.service, call.action) == ("DynamoDB", "putItem")
            if call and is_put and {"Item", "TableName"} <= call.parameters.keys():
                yield call.parameters
            else:
                self._warnings.append(
                    f"{self._resources.logical_ids[name]} (Custom::AWS) isn't executed"
                )


def _stage_of(deployment: api_resources.Deployment) -> api_resources.Stage:
    description = deployment.stage_description
    return api_resources.Stage.model_construct(
        rest_api_id=deployment.rest_api_id,
        stage_name=deployment.stage_name,
        method_settings=[description, *description.method_settings],
        variables=description.variables,
    )
