"""The error that ends a command."""

import click


class CommandError(click.ClickException):
    """A command can't do its work. `atomic-counter` prints `error:` and the message, in one line.

    Attributes:
        exit_code: 2, as for wrong usage: 1 is the negative result of a command that did its work.
    """

    exit_code = 2
