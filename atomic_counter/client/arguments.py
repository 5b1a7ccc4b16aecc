"""The arguments of callers: what they can be."""

import math

MAX_BLOCK = 1000
# More than any counter reaches.
NO_LIMIT = 10**38
# A longer time is as good as none, and the system can't count it.
MAX_SECONDS = 10**9


def plain_string(name: str, value: object) -> str:
    """Return the caller's string as a plain `str`: it can be a member of an enum.

    Raises:
        TypeError: It isn't a string.
        ValueError: It has no UTF-8, as half of a surrogate pair hasn't.
    """
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a string, got {value!r}")
    try:
        return str(value.encode(), "utf-8")
    except UnicodeEncodeError:
        raise ValueError(f"{name} must be valid Unicode, got {value!r}") from None


def plain_count(name: str, value: object, otherwise: str = "") -> int:
    """Return the caller's count as a plain `int`: it can be a member of an enum.

    Raises:
        ValueError: It isn't a whole number from 1 to 1000.
    """
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_BLOCK:
        return int(value)
    raise ValueError(f"{name} must be a number from 1 to {MAX_BLOCK}{otherwise}, got {value!r}")


def plain_limit(value: object) -> int:
    """Return the caller's highest number, or one that no counter reaches.

    Raises:
        ValueError: It's neither None nor a whole number above 0.
    """
    if value is None:
        return NO_LIMIT
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return int(value)
    raise ValueError(f"limit must be a whole number above 0, got {value!r}")


def plain_seconds(name: str, value: object) -> float:
    """Return the caller's number of seconds, or the longest time that the system can count.

    Raises:
        ValueError: It isn't a number above 0.
    """
    if isinstance(value, int | float) and value is not True and 0 < value < math.inf:
        return float(min(value, MAX_SECONDS))
    raise ValueError(f"{name} must be a number of seconds above 0, got {value!r}")
