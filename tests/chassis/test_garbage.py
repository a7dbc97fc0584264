"""Garbage is looked for once a process runs, and not among what was there by then."""

import subprocess
import sys

SAID = """
import gc
from chassis import garbage
garbage.put_off()
print(gc.isenabled())
import chassis.contract
garbage.begin()
print(gc.isenabled(), gc.get_freeze_count() > 10_000)
class Thing: pass
def gone():
    import weakref
    thing = Thing()
    thing.itself = thing
    return weakref.ref(thing)
thing = gone()
gc.collect()
print(thing())
"""


def test_looks_for_what_comes_later():
    said = subprocess.run([sys.executable, "-c", SAID], capture_output=True, text=True, check=True, timeout=30)
    assert said.stdout == "False\nTrue True\nNone\n"
