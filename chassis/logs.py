"""Logs: JSON lines on stdout, one a request, RPC or event, with the correlation id; never bodies or secrets."""

import logging
import sys

import structlog


def configure(process, level="INFO"):
    """Set up logging for a process.

    :param process: name that stands in every line, such as `tickets` or `gateway`.
    :param level: `LOG_LEVEL`.
    """
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
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
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
