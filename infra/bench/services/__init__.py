"""A service that only the bench runs."""
