"""The properties of resources, each of which is supported, unused or refused."""

import re
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_pascal

from atomic_counter.local.velocity import check_header


class Properties(BaseModel):
    """The properties of a resource, with the names of CloudFormation in snake case.

    Attributes:
        unused: The names of those that have a meaning in an account, and none on one machine.
    """

    model_config = ConfigDict(alias_generator=to_pascal, extra="forbid", frozen=True)
    unused: ClassVar[str] = ""

    @model_validator(mode="before")
    @classmethod
    def drop_unused(cls, given: Any) -> Any:
        """Drop what is unused."""
        if not isinstance(given, dict):
            return given
        unused = " ".join(getattr(base, "unused", "") for base in cls.__mro__).split()
        return {name: value for name, value in given.items() if name not in unused}


P = TypeVar("P", bound=Properties)


@dataclass(frozen=True)
class Resources:
    """The supported resources of a template, by their physical ids.

    Attributes:
        properties: The properties of each.
        logical_ids: The logical id of each, also of those whose properties aren't supported.
    """

    properties: dict[str, Properties] = field(default_factory=dict)
    logical_ids: dict[str, str] = field(default_factory=dict)

    def of(self, model: type[P]) -> dict[str, P]:
        """Return the properties of the resources of one type."""
        return {name: each for name, each in self.properties.items() if isinstance(each, model)}


def refused(reason: str) -> AfterValidator:
    """Return the validator of a property that is refused, with this reason."""

    def refuse(value: object) -> object:
        if value in (None, False, [], {}):
            return value
        raise ValueError(reason)

    return AfterValidator(refuse)


def static_headers(prefix: str) -> AfterValidator:
    """Return the validator of headers with static values, which are without their prefix."""

    def parse(parameters: dict[str, str]) -> dict[str, str]:
        headers: dict[str, str] = {}
        for target, source in parameters.items():
            header = re.fullmatch(rf"{prefix}\.header\.([\w-]+)", target)
            value = re.fullmatch(r"'([^\r\n]*)'", source)
            if not (header and value):
                raise ValueError(
                    "must have headers with a static value, such as 'no-store' in single quotes,"
                    f" got {target}: {source}"
                )
            check_header(header[1])
            if header[1].lower() in map(str.lower, headers):
                raise ValueError(f"the header {header[1]} is there twice")
            headers[header[1]] = value[1]
        return headers

    return AfterValidator(parse)
