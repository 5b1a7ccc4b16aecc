"""An interrupt ends a migration at once."""

import signal
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

from tests.integration.fake_dynamodb import fake_dynamodb


@pytest.mark.usefixtures("credentials")
def test_interrupt_ends_a_migration_at_once_and_few_items_are_in_progress() -> None:
    page = [{"systemKey": {"S": str(key)}, "counterValue": {"N": "1"}} for key in range(500)]
    is_over = threading.Event()
    with fake_dynamodb() as fake:

        def respond() -> dict[str, Any]:
            if fake.targets[-1].endswith("Scan"):
                return {"Items": page, "Count": 500, "ScannedCount": 500}
            is_over.wait()
            return {}

        fake.body = respond
        words = ["migrate", "a", "b", "--endpoint-url", fake.endpoint]
        with subprocess.Popen(
            [sys.executable, "-m", "atomic_counter", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                while len(fake.targets) < 12:  # DescribeTable, Scan, and ten items.
                    assert process.poll() is None
                    time.sleep(0.01)
                process.send_signal(signal.SIGINT)
                printed, errors = process.communicate(timeout=30)
            finally:
                process.kill()
                is_over.set()
    assert (process.returncode, printed) == (130, "")
    assert errors == "interrupted: run it again to copy the rest\n"
    assert len(fake.targets) == 12
