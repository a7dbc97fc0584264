"""Real threads for what is C code and takes long: it would stop every green thread of the process."""

import os

from eventlet import patcher, tpool

#: More would only take turns at the processors, and each keeps the memory of its largest job, 19 MB for a password.
#: eventlet begins twenty and gives jobs to all by turns, so that all come to that however few jobs there are at once.
MOST_THREADS = 8

tpool.set_num_threads(min(len(os.sched_getaffinity(0)), MOST_THREADS))


def in_thread_pool(function, *arguments):
    """Call a function where it stops nobody else; return what it returns."""
    # eventlet's pool answers through the hub of the thread that began it: only for patched processes.
    if patcher.is_monkey_patched("thread"):
        return tpool.execute(function, *arguments)
    return function(*arguments)
