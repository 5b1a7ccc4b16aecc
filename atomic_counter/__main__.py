"""The entry point of `atomic-counter` and of `python -m atomic_counter`."""

import sys
from collections.abc import Sequence

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command, and return its exit status.

    Args:
        arguments: The words of the command line. Default: those of this process.
    """
    try:
        from atomic_counter.command_line import run_command  # noqa: PLC0415 (Ctrl-C may come early)

        return run_command(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
