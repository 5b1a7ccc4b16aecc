"""The mapping templates: what API Gateway runs between an HTTP request and DynamoDB.

Each `.vtl` file is one direction of one operation, or a part that several of them share. It uses
the subset of the Velocity Template Language that API Gateway and the local gateway render alike.
"""

from importlib.resources import files


def read(*names: str, **values: str) -> str:
    """Return one mapping template: a `#set` for each value, then the named files in order.

    Args:
        names: The names of the files, without `.vtl`.
        values: The variables that the template needs from the stack. CDK tokens are allowed.
    """
    settings = [f'#set(${name} = "{value}")\n' for name, value in values.items()]
    texts = [(files(__name__) / f"{name}.vtl").read_text(encoding="utf-8") for name in names]
    return "".join(settings + texts).removesuffix("\n")
