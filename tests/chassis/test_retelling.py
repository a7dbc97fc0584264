"""Telling things again, whichever service owns them: its own tests say which, and in what order."""

import pytest

from chassis.errors import Forbidden
from chassis.retelling import retelling_of
from chassis.testing import NARROWER, an_actor


@pytest.mark.parametrize("scope", NARROWER)
def test_whoever_does_not_have_all_people_has_nothing_told_again(scope):
    """In no service."""
    asked = []
    retell = retelling_of({"things": (lambda *after: asked.append(after), asked.append)})
    with pytest.raises(Forbidden) as refusal:
        retell(None, an_actor(rights={"people.write": scope} if scope else {}), kind="things", after_id=None)
    assert (refusal.value.code, asked) == ("not_allowed", [])
