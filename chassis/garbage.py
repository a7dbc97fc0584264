"""Garbage in a process that starts once and then runs for weeks: what is there by then stays, and is none.

Python would look through all of it again and again while it is imported, a tenth of the start (measured), and whenever
much has changed afterwards, which stops the process for a tenth of a second to half of one.
"""

import gc


def put_off():
    """Look for no garbage until `begin`; called before anything large is imported."""
    gc.disable()


def begin():
    """Look for garbage from now on, but not among what is there."""
    gc.freeze()
    gc.enable()
