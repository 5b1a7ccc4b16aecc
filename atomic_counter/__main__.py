"""The entry point of `atomic-counter` and of `python -m atomic_counter`."""

import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress

CRASHED, INTERRUPTED = 2, 130


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
    except Exception as error:
        # Python would end with status 1, which is a verdict such as "a number is missing".
        _report_crash(error)
        return CRASHED


def _report_crash(error: Exception) -> None:
    with suppress(Exception):  # Standard error can be closed or full.
        from atomic_counter.tooling.terminal import printable  # noqa: PLC0415 (as above)

        lines = "".join(traceback.format_exception(error))
        reason = f"the command failed unexpectedly: {type(error).__name__}: {error}"
        print(printable(f"{lines}error: {reason}; report it with the lines above"), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
