"""Tells facts and answers calls of every kind."""
