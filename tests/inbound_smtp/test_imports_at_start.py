"""What the processes that take and read mails load at their start, while mails wait."""

import subprocess
import sys

import pytest

from tests.inbound_smtp.running import ROOT

#: Each takes a twentieth of a second or more of processor time.
HEAVY = {"cryptography", "joserfc", "marshmallow", "nameko", "numpy", "sqlalchemy", "sqlalchemy.orm"}


@pytest.mark.parametrize(
    ("module", "needed"),
    [("services.inbound.parsing.__main__", {"numpy"}), ("services.inbound.smtp", {"sqlalchemy"})],
)
def test_no_more_is_loaded_than_is_needed(module, needed):
    """Neither verifies tokens, tells facts or uses the ORM."""
    script = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=50)
    assert HEAVY.intersection(done.stdout.split()) == needed, done.stderr
