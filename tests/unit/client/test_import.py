"""The client needs neither the CDK nor the local gateway."""

import subprocess
import sys

FOREIGN = ("aws_cdk", "jsii", "aiohttp", "botocore", "pydantic", "stdnum")


def test_importing_the_client_imports_neither_cdk_nor_local_gateway() -> None:
    program = (
        "import sys, atomic_counter.client;"
        f"print([name for name in {FOREIGN} + ('atomic_counter.local',) if name in sys.modules])"
    )
    output = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert output.stdout == "[]\n"
