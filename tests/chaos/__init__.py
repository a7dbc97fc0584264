"""Tests of what survives kills, and of the checker that says so."""
