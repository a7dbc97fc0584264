"""Waiting for what was made a moment ago: a command may overtake the fact that a copy is kept from."""

from time import monotonic, sleep

#: How long a command waits for a copy, in seconds; facts arrive within some 50 ms.
PATIENCE = 1.0
PAUSE = 0.05


def arrived(look):
    """Return what `look` finds, waiting while it finds `None`; `None` when patience ends.

    Call it before rows are locked. What is absent and what is not the caller's to see take equally long.
    :param look: function without arguments that reads the database.
    """
    ends = monotonic() + PATIENCE
    while (found := look()) is None and monotonic() < ends:
        sleep(PAUSE)
    return found
