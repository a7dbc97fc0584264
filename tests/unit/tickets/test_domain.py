"""The rules of tickets, without a database."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chassis.ids import new_id
from services.tickets import domain
from services.tickets.contract.words import AUTHOR_ROLES, LONGEST_SUBJECT, PARTICIPANT_ROLES, STATUSES


class TestNumbers:
    """`26-000123`."""

    def test_an_example(self):
        """As people see it."""
        assert domain.number_of(123, datetime(2026, 1, 1, tzinfo=UTC)) == "26-000123"


#: From each status: where a person may move a ticket, and where facts from the field do.
MOVES = {
    "new": ("open planned in_progress pending resolved closed", "open planned in_progress resolved"),
    "open": ("planned in_progress pending resolved closed", "planned in_progress resolved"),
    "planned": ("open in_progress pending resolved closed", "open in_progress resolved"),
    "in_progress": ("open planned pending resolved closed", "open resolved"),
    "pending": ("open planned in_progress resolved closed", "planned in_progress resolved"),
    "resolved": ("open closed", ""),
    "closed": ("open", ""),
}


class TestMoves:
    """The tables."""

    def test_every_status_is_in_the_table(self):
        """As a beginning."""
        assert set(MOVES) == set(domain.ALLOWED) == set(STATUSES)

    @pytest.mark.parametrize(("status", "ends"), [(status, ends) for status, (ends, _) in MOVES.items()])
    def test_a_person_moves_it_there_and_nowhere_else(self, status, ends):
        """Nothing returns to `new`, no status leads to itself, and what is settled opens again or closes."""
        assert [to for to in STATUSES if domain.may_move(status, to)] == ends.split()

    @pytest.mark.parametrize(("status", "ends"), [(status, ends) for status, (_, ends) in MOVES.items()])
    def test_a_fact_moves_it_there_and_nowhere_else(self, status, ends):
        """Facts come late: planned after clocked in, say, changes nothing, nor does anything what is settled."""
        after = {to: domain.status_after_fact(status, to) for to in ("open", "planned", "in_progress", "resolved")}
        assert after == {to: to if to in ends.split() else status for to in after}

    @pytest.mark.parametrize("status", STATUSES)
    def test_a_machine_moves_nothing(self, status):
        """Whoever it answers for."""
        for role in AUTHOR_ROLES:
            assert domain.status_after_message(status, role, automatic=True) == status

    @pytest.mark.parametrize(
        ("states", "after"),
        [
            (["open"], "in_progress"),
            (["validated", "open"], "in_progress"),
            (["validated"], "resolved"),
            (["completed", "cancelled"], "resolved"),
            (["cancelled"], "open"),
        ],
    )
    def test_work_orders(self, states, after):
        """The last open one settles the matter, if anything was done; else it is open again."""
        assert domain.status_after_work("in_progress", states) == after

    @pytest.mark.parametrize("status", domain.ALLOWED)
    def test_work_that_is_authorised(self, status):
        """Opens what is settled again, and moves nothing else."""
        assert domain.status_after_work_order(status) == ("open" if status in domain.SETTLED else status)

    @pytest.mark.parametrize(
        ("is_planned", "is_begun", "after"),
        [(True, False, "planned"), (False, True, "in_progress"), (True, True, "in_progress")],
    )
    def test_work_whose_interventions_have_been_heard_of_before(self, is_planned, is_begun, after):
        """What is settled is at once where they are."""
        heard = {"is_planned": is_planned, "is_begun": is_begun}
        assert domain.status_after_work_order("resolved", **heard) == after
        assert domain.status_after_work_order("pending", **heard) == "pending"

    def test_a_plan_without_work_is_open_again(self):
        """Its only work order was cancelled."""
        assert domain.status_after_work("planned", ["cancelled"]) == "open"


class TestWhoCanServe:
    """The assignee."""

    AGENT, SUPERVISOR, OTHER = new_id(), new_id(), new_id()

    @pytest.mark.parametrize(
        ("person", "roles", "can"),
        [
            (AGENT, ["agent"], True),
            (SUPERVISOR, ["manager"], True),
            (SUPERVISOR, ["client"], False),
            (AGENT, ["client"], False),
            (AGENT, ["client", "agent"], True),
            (OTHER, ["admin"], False),
            (OTHER, ["external_agent"], True),
            (OTHER, ["requester", "worker"], False),
        ],
    )
    def test_a_usergroup(self, person, roles, can):
        """Its agents and supervisors, and outside providers."""
        assert domain.can_serve(person, roles, [self.AGENT], [self.SUPERVISOR]) is can

    @pytest.mark.parametrize(("roles", "can"), [(["agent"], True), (["client"], False), ([], False)])
    def test_no_usergroup(self, roles, can):
        """Whoever belongs to the desk."""
        assert domain.can_serve(self.OTHER, roles, None, None) is can


@pytest.mark.parametrize(
    ("roles", "belongs"),
    [([], False), (["external_agent"], False), (["external_agent", "agent"], True), (["copied-agent"], True)],
)
def test_who_belongs_to_the_desk(roles, belongs):
    """Roles that somebody made up are the desk's own."""
    assert domain.belongs_to_desk(roles) is belongs


def test_every_participant_writes_as_somebody():
    """In the words of the contract."""
    assert set(domain.AUTHOR_ROLES) == set(PARTICIPANT_ROLES)
    assert set(domain.AUTHOR_ROLES.values()) <= set(AUTHOR_ROLES)


@pytest.mark.parametrize("role", PARTICIPANT_ROLES)
def test_whoever_belongs_to_the_desk_speaks_for_it(role):
    """Unless they asked, or take part for somebody else."""
    spoken = "agent" if role in ("agent", "supervisor", "watcher") else role
    assert domain.author_role_of(role, ["manager", "worker"]) == spoken
    assert domain.author_role_of(role, ["worker"]) == domain.AUTHOR_ROLES[role]
    assert domain.author_role_of(role, []) == domain.AUTHOR_ROLES[role]


class TestTexts:
    """Text from outside."""

    @given(some.text())
    def test_a_line_is_one_line(self, value):
        """Printable in a header, and storable."""
        line = domain.one_line(value, "otherwise")
        assert 1 <= len(line) <= LONGEST_SUBJECT
        assert len(line.splitlines()) == 1
        assert "\x00" not in line
        assert line.encode().decode() == line

    def test_a_line_that_is_cut_ends_with_a_word(self):
        """Not with the space after it."""
        longest = "x" * (LONGEST_SUBJECT - 1)
        assert domain.one_line(f" {longest} y") == longest

    @pytest.mark.parametrize(
        ("name", "email", "called"),
        [
            ("Nadia Neighbour", "nadia@homes.example", "Nadia Neighbour"),
            ("", "nadia.n@homes.example", "nadia.n"),
            ("nadia@homes.example", "nadia@homes.example", "nadia"),
            ("'Nadia@Homes.example'", "nadia@homes.example", "nadia"),
            ("Nadia (nadia@homes.example)", "nadia@homes.example", "Nadia"),
            ('"Nadia Neighbour" <nadia@homes.example>', "nadia@homes.example", "Nadia Neighbour"),
            ("", None, "?"),
            ("x" * 300, None, "x" * 200),
            ("x" * 199 + " y", None, "x" * 199),
        ],
    )
    def test_what_somebody_is_called_is_no_address(self, name, email, called):
        """Everybody who takes part reads it."""
        assert domain.public_name(name, email) == called

    @given(some.text(), some.none() | some.text())
    def test_a_name_never_holds_an_address(self, name, email):
        """Whatever a mail program puts there."""
        called = domain.public_name(name, email)
        assert "@" not in called and 1 <= len(called) <= domain.LONGEST_NAME

    @given(some.text())
    def test_whatever_comes_can_be_stored(self, value):
        """NUL and lone surrogates are taken out, all else stays."""
        kept = domain.storable(value + "\x00\ud800 end")
        assert kept.endswith("? end") and "\x00" not in kept

    def test_lines_stay_in_a_text(self):
        """A mail keeps its form."""
        assert domain.storable("a\r\nb\n\tc") == "a\r\nb\n\tc"


class TestSearchWords:
    """What a person types."""

    @pytest.mark.parametrize(
        ("q", "words"),
        [
            ("boiler", ["boiler:*"]),
            ("  Boiler   cold ", ["Boiler:*", "cold:*"]),
            ("26-000123", ["26", "000123:*"]),
            ("l'eau", ["l", "eau:*"]),
            ("a@b.example", ["a", "b", "example:*"]),
            ("cold cold", ["cold:*"]),
            ("!!! & | §", []),
            ("$100 %", ["$100:*"]),
            ("été", ["été:*"]),
        ],
    )
    def test_become(self, q, words):
        """Beginnings of words from three letters on."""
        assert domain.search_words(q) == words

    def test_are_not_endless(self):
        """A whole mail pasted into the box is cut."""
        assert len(domain.search_words(" ".join(f"word{n}" for n in range(100)))) == domain.MOST_SEARCH_WORDS

    @given(some.text())
    def test_hold_nothing_that_means_something(self, q):
        """To PostgreSQL's parser."""
        for word in domain.search_words(q):
            assert not set(word.removesuffix(":*")) & set("&|!():<>*'\"\\ ")
