"""Fixtures of this folder."""

from tests.inbound_smtp.fixtures import another, fresh_url, shared_server, smtp

__all__ = ["another", "fresh_url", "shared_server", "smtp"]
