"""Hears facts, well or badly."""
