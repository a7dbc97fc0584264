"""The linter has nothing to say."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_ruff_finds_nothing():
    """Its rules stand in pyproject.toml."""
    assert said_by_ruff("check", ".") == (0, "All checks passed!")


def test_ruff_would_format_nothing_otherwise():
    """What it may not touch says so."""
    code, said = said_by_ruff("format", "--check", ".")
    assert code == 0, said


def said_by_ruff(*arguments):
    """Return exit code and words of the linter."""
    done = subprocess.run([sys.executable, "-m", "ruff", *arguments], cwd=ROOT, capture_output=True, text=True)
    return done.returncode, done.stdout.strip()
