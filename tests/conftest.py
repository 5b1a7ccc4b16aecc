"""What every test may ask for."""

import json
import os
from pathlib import Path

from atomic_counter.local import CHECKOUT, node

# The CDK's Node.js process must be the one of the Python environment, in whatever shell.
os.environ["PATH"] = node.environment()["PATH"]

CDK_CONTEXT = json.loads(Path(CHECKOUT, "cdk.json").read_text())["context"]
