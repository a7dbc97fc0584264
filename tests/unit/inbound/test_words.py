"""What the parser says again of the contract, so that its process does not load it."""

import subprocess
import sys

from services.inbound.contract import words as contract_words
from services.inbound.parsing import words
from tests.inbound_smtp.running import ROOT


def test_the_parser_speaks_as_the_contract_does():
    """Languages and lengths are the same."""
    names = [name for name in vars(words) if name.isupper()]
    assert len(names) == 3
    assert {name: getattr(words, name) for name in names} == {name: getattr(contract_words, name) for name in names}


def test_its_process_loads_no_schemas():
    """They would be a quarter of the time in which it starts and mails wait."""
    script = "import sys, services.inbound.parsing.__main__; print({'marshmallow', 'sqlalchemy'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=50)
    assert done.stdout == "set()\n", done.stderr
