"""The options with which a command authorizes its requests to a counter."""

import click
from requests.auth import AuthBase

from atomic_counter.tooling.errors import CommandError
from atomic_counter.tooling.parameters import F


def authorization_options(command: F) -> F:
    """Add the options `--iam` and `--api-key`."""
    iam = click.option("--iam", is_flag=True, help="Sign requests with your AWS credentials.")
    api_key = click.option("--api-key", metavar="VALUE", help="The value of the header x-api-key.")
    return iam(api_key(command))


def iam_auth() -> AuthBase:
    """Return what signs requests with the AWS credentials of the environment.

    Raises:
        CommandError: There are no credentials.
    """
    from atomic_counter.client.iam import IamAuth  # noqa: PLC0415 (most commands don't sign)

    try:
        return IamAuth()
    except ValueError as error:
        raise CommandError(str(error)) from None
