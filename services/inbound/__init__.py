"""Mailboxes and webforms: raw messages, parsing, authenticity of our own tokens."""
