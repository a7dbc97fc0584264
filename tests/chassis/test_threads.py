"""The threads for what is C code: few, because each keeps the memory of its largest job."""

import os
import subprocess
import sys

#: Prints how many threads are begun with the first job.
BEGINS = """
import eventlet
eventlet.monkey_patch()
import psutil
from chassis.bus.threads import in_thread_pool
before = psutil.Process().num_threads()
assert in_thread_pool(int, "7") == 7
print(psutil.Process().num_threads() - before)
"""


def test_there_are_no_more_threads_than_processors():
    """Of twenty, which took turns, identity had 300 MB more after twenty logins."""
    said = subprocess.run([sys.executable, "-c", BEGINS], capture_output=True, text=True, timeout=60, check=True)
    assert int(said.stdout) == min(len(os.sched_getaffinity(0)), 8)
