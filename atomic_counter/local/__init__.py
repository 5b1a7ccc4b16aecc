"""Serve a synthesized CloudFormation template on this machine, over a real DynamoDB engine.

`python -m atomic_counter.local --help` says how.
"""

from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
"""The folder of `app.py` and `package.json`; what serving needs is kept inside it."""


class LocalError(Exception):
    """What stops the command, in one line for the person who typed it."""
