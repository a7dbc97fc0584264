"""Tests of notifications' rules, without any I/O."""
