"""Ending processes by their id, politely first."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil


def has_ended(process: psutil.Process) -> bool:
    """Whether a process is gone; one that only waits for its parent to read its exit code counts as gone."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_ended(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Waits until all have ended, at most so many seconds; returns those still running."""
    deadline = time.monotonic() + seconds
    running = [process for process in processes if not has_ended(process)]
    while running and time.monotonic() < deadline:
        time.sleep(0.02)
        running = [process for process in running if not has_ended(process)]
    return running


def end(processes: list[psutil.Process], signals=(signal.SIGTERM, signal.SIGKILL), seconds: float = 30) -> None:
    """Sends the first signal to all, and the next one to those that still run after so many seconds."""
    running = [process for process in processes if not has_ended(process)]
    for number in signals:
        for process in running:
            try:
                process.send_signal(number)
            except psutil.NoSuchProcess:
                continue
        running = wait_ended(running, seconds)
        if not running:
            return


@contextmanager
def sigterm_as_ctrl_c() -> Iterator[None]:
    """SIGTERM ends what runs within as Ctrl-C does, with the servers that it has started."""
    former = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)
