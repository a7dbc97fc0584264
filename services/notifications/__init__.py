"""Notifications: every mail that leaves the desk, and the list of what concerns a person."""
