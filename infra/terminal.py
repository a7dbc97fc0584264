"""What the commands say and are told on the terminal."""

import sys
from collections.abc import Callable
from contextlib import suppress


def is_text(given: str) -> bool:
    """Whether what was typed can be written down: Python keeps bytes that are no UTF-8 as lone surrogates."""
    try:
        given.encode()
    except UnicodeEncodeError:
        return False
    return True


def counted(number: int, thing: str, things: str) -> str:
    """A number with its word, as in `1 process` and `3 processes`."""
    return f"{number} {thing if number == 1 else things}"


def say(sentence: str) -> None:
    """Prints progress at once, also into a pipe or a log."""
    print(sentence, flush=True)


def warn(sentence: str) -> None:
    """Prints to stderr, so that stdout stays what `--json` promises."""
    print(sentence, file=sys.stderr, flush=True)


def mention(sentence: str, tell: Callable[[str], None] = warn) -> None:
    """Tells whoever can be reached: a full disk, or a pipe that nobody reads any more, ends nothing that runs."""
    with suppress(OSError):
        tell(sentence)
