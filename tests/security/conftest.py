"""Fixtures of this folder: a running SMTP process."""

from tests.inbound_smtp.fixtures import fresh_url, shared_server, smtp

__all__ = ["fresh_url", "shared_server", "smtp"]
