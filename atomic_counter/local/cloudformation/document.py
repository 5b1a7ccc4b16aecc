"""Reads a template file, or explains why it isn't one."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from atomic_counter.tooling.errors import CommandError

SECTIONS = ("Conditions", "Mappings", "Outputs", "Parameters", "Resources")
HOW_TO_GET_JSON = (
    "get the deployed template as JSON with aws cloudformation get-template"
    " --template-stage Processed --stack-name NAME --query TemplateBody, or from cdk.out of a CDK"
    " app"
)


def read_document(path: Path) -> dict[str, Any]:
    """Return the document in a template file. Each of its sections is a map.

    Raises:
        CommandError: The file is missing, or isn't a CloudFormation template in JSON.
    """
    try:
        return _parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"template {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CommandError(f"template {path}: not a JSON document") from None
    except ValueError as error:
        raise CommandError(f"template {path}: {error}") from None


def _parse(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        if re.search(r"^(Resources|AWSTemplateFormatVersion|Transform)\s*:", text, re.MULTILINE):
            raise ValueError(f"YAML isn't supported; {HOW_TO_GET_JSON}") from None
        raise ValueError("not a JSON document") from None
    if not isinstance(document, dict) or not isinstance(document.get("Resources"), dict):
        raise ValueError("not a CloudFormation template: it has no Resources")
    if "Transform" in document:
        raise ValueError(
            f"a template with a Transform, such as that of SAM, isn't supported; {HOW_TO_GET_JSON}"
        )
    for part in _malformed_parts(document):
        raise ValueError(f"not a CloudFormation template: {part}")
    return document


def _malformed_parts(document: dict[str, Any]) -> Iterator[str]:
    for section in SECTIONS:
        entries = document.setdefault(section, {})
        if not isinstance(entries, dict):
            yield f"{section} must be a map"
            return
        for name, entry in entries.items():
            if section != "Conditions" and not isinstance(entry, dict):
                yield f"{name} in {section} must be a map"
                return
    for logical_id, resource in document["Resources"].items():
        if not isinstance(resource.get("Type"), str):
            yield f"{logical_id} has no Type"
        if not isinstance(resource.get("Properties") or {}, dict):
            yield f"Properties of {logical_id} must be a map"
    for name, output in document["Outputs"].items():
        if "Value" not in output:
            yield f"the output {name} has no Value"
