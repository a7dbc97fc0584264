"""What the commands say: plain sentences, and one sentence where they cannot go on."""

import sys


class Refusal(Exception):
    """A command cannot go on; its text is one sentence for the terminal, and the exit code is 1."""


def is_text(given: str) -> bool:
    """Whether what was typed can be written down: Python keeps bytes that are no UTF-8 as lone surrogates."""
    try:
        given.encode()
    except UnicodeEncodeError:
        return False
    return True


def say(sentence: str) -> None:
    """Prints progress at once, also into a pipe or a log."""
    print(sentence, flush=True)


def warn(sentence: str) -> None:
    """Prints to stderr, so that stdout stays what `--json` promises."""
    print(sentence, file=sys.stderr, flush=True)
