"""Check digits, which show most typing errors in a number."""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from string import ascii_letters, digits

from atomic_counter.client.arguments import plain_string

# The module and function of python-stdnum, and the characters that count.
_ALGORITHMS = {
    "luhn": ("stdnum.luhn", "calc_check_digit", digits),
    "mod-97-10": ("stdnum.iso7064.mod_97_10", "calc_check_digits", digits + ascii_letters),
    "damm": ("stdnum.damm", "calc_check_digit", digits),
    "verhoeff": ("stdnum.verhoeff", "calc_check_digit", digits),
}


def check_digits(algorithm: str) -> Callable[[str], str]:
    """Return the function that calculates the check digits of a text.

    Raises:
        TypeError: It isn't a string.
        ValueError: There is no such algorithm.
        ModuleNotFoundError: python-stdnum isn't installed.
    """
    algorithm = plain_string("check", algorithm)
    if algorithm not in _ALGORITHMS:
        names = ", ".join(f'"{name}"' for name in _ALGORITHMS)
        raise ValueError(f"check must be one of {names}, got {algorithm!r}")
    module, function, counted = _ALGORITHMS[algorithm]
    try:
        calculate = getattr(import_module(module), function)
    except ModuleNotFoundError:
        reason = "check needs python-stdnum: install it, or this package with the extra series"
        raise ModuleNotFoundError(reason, name="stdnum") from None
    return partial(_of_text, calculate, counted)


def _of_text(calculate: Callable[[str], str], counted: str, text: str) -> str:
    return calculate("".join(character for character in text if character in counted))
