"""Logs: JSON lines on stdout, one a request, RPC or event, with the correlation id; never bodies or secrets."""

import logging
import sys
from contextlib import suppress

import structlog

#: Classes of SQLSTATE whose message may quote a value: data, constraints, what functions raise (appendix A).
_QUOTING = ("22", "23", "P0")


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
        _with_exception,
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


def _with_exception(logger, method, event):
    """Write an exception out, but for what PostgreSQL quotes in it: a whole row, a value, a statement."""
    given = event.get("exc_info")
    event = structlog.processors.format_exc_info(logger, method, event)
    error = given[1] if isinstance(given, tuple) else given if isinstance(given, BaseException) else sys.exc_info()[1]
    for each in _chain(error) if "exception" in event else ():
        if getattr(each, "diag", None) and each.pgcode:
            event["exception"] = event["exception"].replace(str(each).rstrip("\n"), _described(each))
    return event


def _chain(error):
    seen = []
    while error is not None and error not in seen:
        seen.append(error)
        error = error.__cause__ or error.__context__
    return seen


def _described(error):
    """Return what an error of PostgreSQL is about, without what it quotes."""
    diag = error.diag
    names = (diag.table_name, diag.column_name, diag.constraint_name)
    message = None if error.pgcode.startswith(_QUOTING) else diag.message_primary
    return ", ".join(filter(None, (f"SQLSTATE {error.pgcode}", message, *names)))


def _named(process):
    def add_process(_logger, _method, event):
        event["process"] = process
        return event

    return add_process
