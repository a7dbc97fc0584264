"""Tests of notifications' actions."""
