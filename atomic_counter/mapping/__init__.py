"""The mapping templates: what API Gateway runs between an HTTP request and DynamoDB.

Each `.vtl` file is one direction of one operation, written in the part of the Velocity
Template Language that API Gateway and the local gateway render alike.
"""

from importlib.resources import files


def read(name: str, **values: str) -> str:
    """Return the mapping template `name` with `values` as its first `#set` lines.

    Args:
        name: The file's name without `.vtl`.
        values: What the template needs to know of the stack; CDK tokens are welcome.
    """
    text = (files(__name__) / f"{name}.vtl").read_text(encoding="utf-8")
    preamble = "".join(f'#set(${name} = "{value}")\n' for name, value in values.items())
    return preamble + text.rstrip("\n")
