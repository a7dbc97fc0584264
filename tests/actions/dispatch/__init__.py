"""Tests of dispatch's actions."""
