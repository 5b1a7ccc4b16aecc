"""Waiting for other processes."""

from collections.abc import Callable
from operator import not_

import tenacity

from atomic_counter.tooling.errors import CommandError


def wait_until(holds: Callable[[], bool], seconds: float, failure: str) -> None:
    """Wait until `holds` returns True.

    Raises:
        CommandError: It doesn't within these seconds. The message is `failure`.
    """

    def fail(_: tenacity.RetryCallState) -> None:
        raise CommandError(failure)

    tenacity.Retrying(
        retry=tenacity.retry_if_result(not_),
        stop=tenacity.stop_after_delay(seconds),
        wait=tenacity.wait_fixed(0.05),
        retry_error_callback=fail,
    )(holds)
