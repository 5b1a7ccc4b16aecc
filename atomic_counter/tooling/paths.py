"""The folders that commands read and write."""

from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
"""The folder of `app.py` and `package.json`."""

LOCAL_STATE = CHECKOUT / ".local"
"""The folder inside the checkout for everything that a command stores by default."""
