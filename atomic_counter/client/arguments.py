"""The arguments of callers: what they can be."""

MAX_BLOCK = 1000


def plain_string(name: str, value: object) -> str:
    """Return the caller's string as a plain `str`: it can be a member of an enum.

    Raises:
        TypeError: It isn't a string.
    """
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a string, got {value!r}")
    return str.__str__(value)


def is_count(value: object) -> bool:
    """Return whether a value is a whole number from 1 to 1000."""
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_BLOCK
