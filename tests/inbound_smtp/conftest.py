"""Fixtures of this folder."""

from tests.inbound_smtp.fixtures import another, forking, fresh_url, parser, reading, shared_server, smtp

__all__ = ["another", "forking", "fresh_url", "parser", "reading", "shared_server", "smtp"]
