"""Logs: JSON lines on stdout, one a request, RPC or event, with the correlation id; never bodies or secrets."""

import logging
import sys
from contextlib import suppress

import structlog


class _Unfailing:
    """A stream whose writing never raises: what cannot be logged must not undo what was done, as on a full disk."""

    def __init__(self, stream):
        self._stream = stream

    def write(self, text):
        with suppress(OSError, ValueError):
            self._stream.write(text)

    def flush(self):
        with suppress(OSError, ValueError):
            self._stream.flush()


def configure(process, level="INFO"):
    """Set up logging for a process.

    :param process: name that stands in every line, such as `tickets` or `gateway`.
    :param level: `LOG_LEVEL`.
    """
    stream = _Unfailing(sys.stdout)
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _named(process),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(default=str)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processor=structlog.processors.JSONRenderer(default=str), foreign_pre_chain=shared
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(logging.INFO, logging.getLevelName(level.upper())))


def get(name):
    """Return the logger of a module."""
    return structlog.get_logger(module=name)


def _named(process):
    def add_process(_logger, _method, event):
        event["process"] = process
        return event

    return add_process
