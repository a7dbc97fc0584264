"""Services in one process: whether all are ready is known as soon as one is not."""

from chassis.bus.embedded import EmbeddedServices


class Member:
    """A service in the process; `asked` is how often it was asked what keeps it from being ready."""

    def __init__(self, name, problem):
        self.name, self._problem, self.asked = name, problem, 0

    def problem(self):
        """Return what keeps it from being ready."""
        self.asked += 1
        return self._problem


def test_whoever_waits_for_a_silent_database_waits_for_no_other():
    """A database that is silent takes its time to be known as such, and six would take six times that."""
    members = [Member("teller", None), Member("hearer", "the database does not answer"), Member("identity", None)]
    assert not EmbeddedServices(members, None).ready()
    assert [member.asked for member in members] == [1, 1, 0]
    assert EmbeddedServices(members, None).problems() == {"hearer": "the database does not answer"}


def test_all_are_ready():
    """Each is asked."""
    members = [Member("teller", None), Member("hearer", None)]
    assert EmbeddedServices(members, None).ready()
    assert [member.asked for member in members] == [1, 1]
