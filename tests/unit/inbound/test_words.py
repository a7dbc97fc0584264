"""What the parser says again of the contract, so that its process does not load it."""

from services.inbound.contract import words as contract_words
from services.inbound.parsing import words


def test_the_parser_speaks_as_the_contract_does():
    """Lengths are the same."""
    names = [name for name in vars(words) if name.isupper()]
    assert len(names) == 2
    assert {name: getattr(words, name) for name in names} == {name: getattr(contract_words, name) for name in names}
