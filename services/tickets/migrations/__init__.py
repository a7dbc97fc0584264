"""Versions of the database of tickets."""
