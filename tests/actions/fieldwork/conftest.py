"""Fixtures of fieldwork's action tests: one rolled-back transaction on its database."""

import pytest


@pytest.fixture
def work(work_of):
    """Return a `Work` on fieldwork's database at nine on a Monday."""
    return work_of("fieldwork")
