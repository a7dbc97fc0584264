"""Real threads for what is C code and takes long: it would stop every green thread of the process."""

from eventlet import patcher, tpool


def in_thread_pool(function, *arguments):
    """Call a function where it stops nobody else; return what it returns."""
    # eventlet's pool answers through the hub of the thread that began it: only for patched processes.
    if patcher.is_monkey_patched("thread"):
        return tpool.execute(function, *arguments)
    return function(*arguments)
