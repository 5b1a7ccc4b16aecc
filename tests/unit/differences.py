"""What differs between two templates, as text for a snapshot."""

import json
import re
from collections.abc import Iterator
from typing import Any

from aws_cdk.assertions import Template
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

DEPLOYMENT_HASH = r"(?<=Deployment[0-9A-F]{8})[0-9a-f]{32}"


class DiffSnapshotExtension(SingleFileSnapshotExtension):
    """A snapshot in a text file of its own."""

    file_extension = "diff"
    _write_mode = WriteMode.TEXT


def difference(old: Template, new: Template) -> str:
    """Return a line for each value that is removed or added, in the order of their paths.

    The hash of a deployment is omitted, as it differs whenever anything in the API does.
    """
    before, after = values(old), values(new)
    lines = []
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) != after.get(path):
            signs = (("-", before), ("+", after))
            lines += [f"{sign} {path}: {of[path]}" for sign, of in signs if path in of]
    return "\n".join(lines)


def values(template: Template) -> dict[str, str]:
    """Return the values of a template by their paths."""
    text = re.sub(DEPLOYMENT_HASH, "", json.dumps(template.to_json()))
    return dict(_values(json.loads(text), ""))


def _values(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Return paths and values. The lines of a text and the JSON of a dashboard are values, too."""
    members: dict[str, Any] = {}
    match _resolved(value):
        case {**of_name} if of_name:
            members = {f"{path}.{name}".lstrip("."): member for name, member in of_name.items()}
        case [*of_index] if of_index:
            members = {f"{path}[{index}]": member for index, member in enumerate(of_index)}
        case str(text) if "\n" in text:
            members = {f"{path}, line {n}": line for n, line in enumerate(text.splitlines(), 1)}
        case str(text) if path.endswith(".DashboardBody"):
            members = {f"{path}, JSON": json.loads(text)}
        case other:
            yield path, json.dumps(other)
    for name, member in members.items():
        yield from _values(member, name)


def _resolved(value: Any) -> Any:
    """Return a value, or the text of an intrinsic function in the notation of `Fn::Sub`."""
    match value:
        case {"Ref": str(name)}:
            return f"${{{name}}}"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"${{{name}.{attribute}}}"
        case {"Fn::Join": ["", [*parts]]}:
            texts = map(_resolved, parts)
            return "".join(t if isinstance(t, str) else f"${json.dumps(t)}" for t in texts)
    return value
