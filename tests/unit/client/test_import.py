"""The client needs neither the CDK nor what serves on one machine."""

import subprocess
import sys

FOREIGN = ("aws_cdk", "jsii", "aiohttp", "botocore", "pydantic")


def test_importing_the_client_imports_nothing_of_the_cdk_or_the_local_gateway() -> None:
    program = (
        "import sys, atomic_counter.client;"
        f"print([name for name in {FOREIGN} + ('atomic_counter.local',) if name in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert said.stdout == "[]\n"
