"""A PostgreSQL server that is frozen: it keeps its connections and says nothing, as if the network were gone."""

import signal
from contextlib import closing, contextmanager, suppress

import psutil
import psycopg2


@contextmanager
def frozen(server_url):
    """Freeze all processes of the server that `./desk test` provides; they go on when it is left."""
    with closing(psycopg2.connect(server_url)) as connection:
        postmaster = psutil.Process(connection.info.backend_pid).parent()
    try:
        # First: it begins no others then.
        postmaster.send_signal(signal.SIGSTOP)
        tell(postmaster.children(), signal.SIGSTOP)
        yield
    finally:
        tell([*postmaster.children(), postmaster], signal.SIGCONT)


def tell(processes, number):
    """Send a signal to those that are still there."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
