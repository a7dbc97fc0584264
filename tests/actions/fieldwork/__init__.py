"""Use cases of fieldwork on real PostgreSQL."""
