"""The mapping templates: what API Gateway runs between an HTTP request and DynamoDB.

Each `.vtl` file is one direction of one operation, or a part that several of them begin with,
written in the part of the Velocity Template Language that API Gateway and the local gateway
render alike.
"""

from importlib.resources import files


def read(*names: str, **values: str) -> str:
    """Return one mapping template: first-line settings, then the named files in order.

    Args:
        names: The files' names without `.vtl`.
        values: What the template needs to know of the stack; CDK tokens are welcome.
    """
    settings = [f'#set(${name} = "{value}")\n' for name, value in values.items()]
    texts = [(files(__name__) / f"{name}.vtl").read_text(encoding="utf-8") for name in names]
    return "".join(settings + texts).removesuffix("\n")
