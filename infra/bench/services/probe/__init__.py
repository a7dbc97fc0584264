"""Answers one method that does nothing: the floor under every call."""
