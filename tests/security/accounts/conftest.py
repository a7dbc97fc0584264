"""Fixtures of this folder: identity's database and people."""

from tests.actions.identity.conftest import a_person, change, committed, database, passwords, work

__all__ = ["a_person", "change", "committed", "database", "passwords", "work"]
