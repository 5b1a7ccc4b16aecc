"""The models of an API: JSON Schemas of draft 4, which check the bodies of requests.

Source: "Data models for REST APIs" of the API Gateway developer guide.
"""

from collections.abc import Mapping
from typing import Any

from atomic_counter.local.cloudformation.stack import BodyCheck

DRAFT_4 = "http://json-schema.org/draft-04/schema#"
BUILT_IN_SCHEMAS: dict[str, dict[str, Any]] = {"Empty": {}, "Error": {"type": "object"}}
"""The models that every API has."""


def compile_schema(name: str, schemas: Mapping[str, Mapping[str, Any]]) -> BodyCheck:
    """Return a function that raises ValueError for what doesn't match a model.

    Args:
        name: The model.
        schemas: The schemas of all models by name, to which a schema can refer by the URL
            `https://apigateway.amazonaws.com/restapis/API/models/NAME`.

    Raises:
        ValueError: The model doesn't exist, or isn't a schema of draft 4.
    """
    import fastjsonschema  # noqa: PLC0415 (few templates have models)

    def schema_of(url: str) -> dict[str, Any]:
        model = url.rpartition("/")[2]
        if model not in schemas:
            raise ValueError(f"it refers to {model}, which doesn't exist")
        return {**schemas[model], "$schema": DRAFT_4}

    check: BodyCheck = fastjsonschema.compile(schema_of(name), handlers={"https": schema_of})
    return check
