"""Revisions of fieldwork's database."""
