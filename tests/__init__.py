"""Tests: see `tests/README.md` for which folder holds what."""
