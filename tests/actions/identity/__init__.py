"""Use cases of identity on a real PostgreSQL."""
