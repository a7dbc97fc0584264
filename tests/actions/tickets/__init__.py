"""Use cases of tickets on real PostgreSQL."""
