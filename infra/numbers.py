"""Numbers as arguments: what makes no sense is refused before anything is begun."""

import math
from argparse import ArgumentTypeError
from collections.abc import Callable

LARGEST = 999_999_999


def whole(lowest: int) -> Callable[[str], int]:
    """A type for argparse: whole numbers from this one up."""

    def read(text: str) -> int:
        is_number = text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST))
        if not is_number or int(text) < lowest:
            raise ArgumentTypeError(f"wants a whole number from {lowest} to {LARGEST}")
        return int(text)

    return read


def positive(text: str) -> float:
    """A type for argparse: a finite number above 0."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise ArgumentTypeError("wants a number above 0")
    return number
