"""Versions of the notifications database."""
