"""Two at once, and what a failure leaves: on a database that commits."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import psycopg2
import pytest
from sqlalchemy import text

from chassis.actors import ANONYMOUS, system_actor
from chassis.errors import Conflict, NotFound, NotYet, Stale
from chassis.ids import new_id
from chassis.prepared import Prepared
from chassis.testing import MONDAY, GivenFact
from services.dispatch.contract import InterventionReplanned
from services.identity.contract import PersonChanged
from services.inbound.contract import MessageReceived
from services.tickets import locked, queries
from services.tickets.actions import changing, conversation, copies, following, participants, relieving, reports
from services.tickets.models import Base
from tests.actions.tickets.given import LINKS, Desk, Place, a_mail, contents
from tests.actions.tickets.standing import declared, plan
from tests.waiting import until_blocked


@pytest.fixture
def database(databases):
    """Return the database of tickets, emptied afterwards."""
    database = databases("tickets")
    yield database
    names = ", ".join(table.name for table in Base.metadata.sorted_tables)
    with database.engine.connect() as connection:
        connection.execute(text(f"TRUNCATE {names}"))


@pytest.fixture
def settled(database, files):
    """Return a place and a ticket in it that are committed."""
    with database.work(actor=system_actor("tickets"), now=MONDAY) as work:
        place = Place(Desk(work, files))
        place.made = place.assigned(place.agent)
        place.photo = place.upload(place.resident)
        work.commit()
    return place


def outcome(database, actor, action, ready=lambda work: None):
    """Run an action of somebody's, a function of a `Work`, and commit it; return its result or its error."""
    with database.work(actor=actor, now=MONDAY) as work:
        ready(work)
        try:
            result = action(work)
            work.commit()
            return result
        except Exception as error:
            return error


def at_once(database, *actions):
    """Run actions `(actor, function of a Work)` at once, each committed; return results and errors."""
    barrier = Barrier(len(actions))

    def ready(work):
        work.load("SELECT 1")
        barrier.wait()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(lambda pair: outcome(database, *pair, ready), actions))


def behind(database, first, second):
    """Run two actions likewise, the second while the first holds the row it waits for; return its outcome."""
    actor, action = first
    with ThreadPoolExecutor(1) as pool, database.work(actor=actor, now=MONDAY) as work:
        action(work)
        work.flush()
        following = pool.submit(outcome, database, *second)
        until_blocked(database)
        work.commit()
        return following.result()


def kinds_of(results):
    """Return the kinds of the errors among results."""
    return [type(result) for result in results if isinstance(result, Exception)]


def count(database, table):
    """Return how many rows a table has."""
    return database.read(f"SELECT count(*) FROM {table}")[0][0]


def test_one_attachment_for_two_messages(database, settled):
    """One of them gets it, the other is refused."""

    def write(work):
        attachment_id = settled.photo["id"]
        ticket_id = settled.made["id"]
        return conversation.add_message(work, settled.resident, ticket_id, "Look.", False, [attachment_id])

    results = at_once(database, (settled.resident, write), (settled.resident, write))
    assert kinds_of(results) == [NotFound]
    assert count(database, "messages") == 1


def test_two_ratings(database, settled):
    """One counts."""
    with database.work(actor=settled.admin, now=MONDAY) as work:
        changing.change_ticket(work, settled.admin, settled.made["id"], status="resolved")
        work.commit()
    token = LINKS.sign("satisfaction", settled.made["requester"]["participant_id"])

    def rate(work):
        return following.give_satisfaction(work, LINKS, token, 5, "")

    results = at_once(database, (ANONYMOUS, rate), (ANONYMOUS, rate))
    assert kinds_of(results) == [Conflict]
    assert count(database, "satisfactions") == 1


def test_two_changes_of_one_version(database, settled):
    """The second is told that the ticket has moved on."""

    def change(priority):
        def action(work):
            version = settled.made["version"]
            return changing.change_ticket(work, settled.agent, settled.made["id"], version, priority=priority)

        return settled.agent, action

    results = at_once(database, change("low"), change("high"))
    assert kinds_of(results) == [Stale]


def test_two_messages(database, settled):
    """Both are there, one after the other, and the ticket counts both."""

    def write(body):
        def action(work):
            return conversation.add_message(work, settled.resident, settled.made["id"], body, False, [])

        return settled.resident, action

    assert kinds_of(at_once(database, write("a"), write("b"))) == []
    rows = database.read("SELECT body, position FROM messages ORDER BY position")
    assert sorted(row.body for row in rows) == ["a", "b"] and rows[0].position < rows[1].position
    shown = queries.ticket_by_id(database.read, settled.admin, settled.made["id"])
    assert shown.version == settled.made["version"] + 2


def test_one_mail_told_twice(database, settled, files):
    """One ticket: the second telling waits for the address of its sender and finds it there."""
    fact = GivenFact(MessageReceived, a_mail())

    def receive(work):
        reports.receive_mail(work, files, fact)

    assert behind(database, (TICKETS, receive), (TICKETS, receive)) is None
    assert count(database, "tickets") == 2


def test_one_mail_read_again_told_twice(database, settled, files):
    """Its text is one message: the second telling waits for the ticket and finds it there."""
    mail, tickets = a_mail(body="", readable=False), system_actor("tickets")

    def receive(**again):
        def action(work):
            reports.receive_mail(work, files, GivenFact(MessageReceived, mail | again, version=1 + bool(again)))

        return tickets, action

    assert kinds_of(at_once(database, receive())) == []
    again = receive(body="It is cold.", readable=True)
    assert kinds_of(at_once(database, again, again)) == []
    assert [row.body for row in database.read("SELECT body FROM messages")] == ["It is cold."]


def test_a_change_that_fails_leaves_nothing(database, settled):
    """Of several fields the first was written already when the last one was refused."""
    before = everything(database)
    with database.work(actor=settled.admin, now=MONDAY) as work, pytest.raises(NotFound):
        changing.change_ticket(work, settled.admin, settled.made["id"], subject="Mine", category=new_id())
    assert everything(database) == before


def test_history_is_append_only(database, settled):
    """By the table itself, whoever tries."""
    for statement in ("UPDATE history SET kind = 'Other'", "DELETE FROM history"):
        with database.work() as work, pytest.raises(psycopg2.errors.RaiseException):
            work.load(statement)


def everything(database):
    """Return a mark of all that the database holds."""
    with database.work() as work:
        return contents(work)


NEWCOMER = "late@homes.example"


def becomes_known(work, settled, files):
    """The stranger of an address confirms it and is a person."""
    person = {"person_id": new_id(), "email": NEWCOMER, "name": "Lena Late", "language": "en", "roles": ["requester"]}
    person |= {"organisation_id": None, "active": True, "confirmed": True}
    copies.keep_person(work, GivenFact(PersonChanged, person))


def writes_a_mail(work, settled, files):
    """A mail of the address opens a ticket."""
    reports.receive_mail(work, files, GivenFact(MessageReceived, a_mail(sender=NEWCOMER)))


def is_added(work, settled, files):
    """Somebody adds the address to a ticket."""
    participants.add_participant(work, settled.admin, settled.made["id"], None, NEWCOMER, "watcher")


def calls(work, settled, files):
    """An agent opens a ticket for whoever has the address."""
    settled.at(Desk(work, files)).ticket(settled.agent, requester_email=NEWCOMER)


@pytest.mark.parametrize("takes_part", [writes_a_mail, is_added, calls])
@pytest.mark.parametrize("is_known_first", [True, False], ids=["known first", "takes part first"])
def test_a_stranger_and_the_person_they_become_do_not_miss_each_other(
    database, settled, files, takes_part, is_known_first
):
    """Whichever of two open transactions came first, the other waits for it and sees it."""
    first, second = (becomes_known, takes_part) if is_known_first else (takes_part, becomes_known)

    def follow():
        with database.work(actor=system_actor("tickets"), now=MONDAY) as work:
            second(work, settled, files)
            work.commit()

    with ThreadPoolExecutor(1) as pool, database.work(actor=system_actor("tickets"), now=MONDAY) as work:
        first(work, settled, files)
        work.flush()
        following_it = pool.submit(follow)
        until_blocked(database)
        work.commit()
        following_it.result()
    known = "SELECT count(*) FROM participants JOIN people USING (person_id) WHERE people.email = %(email)s"
    assert database.read(known, email=NEWCOMER)[0][0] == 1
    assert database.read("SELECT count(*) FROM participants WHERE email = %(email)s", email=NEWCOMER)[0][0] == 0


TICKETS = system_actor("tickets")
LISTS_TOLD = "SELECT payload FROM outbox WHERE name = 'TicketParticipantsChanged' ORDER BY id"
TAKING_PART = "SELECT person_id, as_assignee FROM participants WHERE ticket_id = %(ticket_id)s"


def test_a_ticket_that_is_committed_between_hold_and_look_is_held(database, settled, monkeypatch):
    """The look that finds it holds it, too: whoever else changes it waits."""
    nothing_yet = Prepared("SELECT FROM tickets WHERE false")
    monkeypatch.setattr(locked, "_LOCK_FOR_FACT", (nothing_yet, locked._LOCK_FOR_FACT[1]))
    look = TICKETS, lambda work: locked.lock_for_fact(work, UUID(settled.made["id"]))
    assert not isinstance(behind(database, look, giving_to(settled, settled.colleague)), Exception)
    (ticket,) = database.read("SELECT assignee_id FROM tickets")
    assert ticket.assignee_id == settled.colleague.person_id


def test_a_ticket_that_somebody_gives_away_while_it_is_to_be_taken(database, settled):
    """Whom a person names meanwhile keeps it."""
    colleague, ticket_id = settled.colleague.person_id, UUID(settled.made["id"])
    has_gone(database, settled.agent)
    assert behind(database, giving_to(settled, settled.colleague), (TICKETS, relieving.relieve_assignees)) is None
    assert database.read("SELECT assignee_id FROM tickets WHERE id = %(id)s", id=ticket_id)[0][0] == colleague


def test_a_ticket_that_somebody_settles_while_it_is_to_be_taken(database, settled):
    """Whoever answered for it did so to the end."""
    agent, ticket_id = settled.agent, UUID(settled.made["id"])
    has_gone(database, agent)
    settle = settled.admin, lambda work: changing.change_ticket(work, settled.admin, ticket_id, status="resolved")
    assert behind(database, settle, (TICKETS, relieving.relieve_assignees)) is None
    (ticket,) = database.read("SELECT status, assignee_id FROM tickets")
    assert tuple(ticket) == ("resolved", agent.person_id)


def has_gone(database, person):
    """Tickets hears that somebody's account is closed."""
    known = {name: getattr(person, name) for name in ("person_id", "email", "name", "language", "organisation_id")}
    known |= {"roles": list(person.roles), "active": False, "confirmed": True}
    gone = GivenFact(PersonChanged, known, version=2)
    assert outcome(database, TICKETS, lambda work: copies.keep_person(work, gone)) is None


def giving_to(settled, person):
    """The administrator gives the ticket to somebody, or to nobody."""
    changes = {"assignee": person and person.person_id}
    return settled.admin, lambda work: changing.change_ticket(work, settled.admin, settled.made["id"], **changes)


def adding(settled, person):
    """The administrator has somebody take part."""
    about = settled.made["id"], person.person_id, None, "watcher"
    return settled.admin, lambda work: participants.add_participant(work, settled.admin, *about)


def taking_off(settled, participant_id):
    """The administrator has somebody take part no more."""
    about = settled.made["id"], participant_id
    return settled.admin, lambda work: participants.remove_participant(work, settled.admin, *about)


@pytest.fixture
def watcher(database, settled):
    """Return the neighbour as a participant, committed."""
    return outcome(database, *adding(settled, settled.neighbour))


def people_told(database):
    """Return the ids of the people whom the last list of participants names."""
    return {UUID(party["person_id"]) for party in database.read(LISTS_TOLD)[-1].payload["participants"]}


def people_of(*people):
    """Return the ids of people."""
    return {person.person_id for person in people}


def test_a_participant_who_is_added_while_another_is(database, settled):
    """The list that is told last has both."""
    added = behind(database, adding(settled, settled.neighbour), adding(settled, settled.worker))
    assert added["person_id"] == settled.worker.person_id
    everybody = people_of(settled.resident, settled.agent, settled.neighbour, settled.worker)
    assert people_told(database) == everybody


def test_a_participant_who_is_added_while_another_is_taken_off(database, settled, watcher):
    """Whoever was taken off is told nothing further."""
    added = behind(database, taking_off(settled, watcher["participant_id"]), adding(settled, settled.worker))
    assert added["person_id"] == settled.worker.person_id
    assert people_told(database) == people_of(settled.resident, settled.agent, settled.worker)


def test_two_assignees_of_one_moment(database, settled):
    """The second answers for it alone, and whoever did between takes part no more."""
    contractor, colleague = settled.contractor, settled.colleague
    assert not isinstance(outcome(database, *giving_to(settled, None)), Exception)
    assert not isinstance(behind(database, giving_to(settled, contractor), giving_to(settled, colleague)), Exception)
    taking_part = database.read(TAKING_PART, ticket_id=UUID(settled.made["id"]))
    assert {tuple(row) for row in taking_part} == {(settled.resident.person_id, False), (colleague.person_id, True)}
    assert people_told(database) == people_of(settled.resident, colleague)


def test_who_writes_while_they_are_taken_off_is_a_stranger(database, settled, watcher):
    """They are refused as anybody who does not see the ticket."""

    def write(work):
        return conversation.add_message(work, settled.neighbour, settled.made["id"], "Me too.", False, [])

    refusal = behind(database, taking_off(settled, watcher["participant_id"]), (settled.neighbour, write))
    assert (type(refusal), refusal.code) == (NotFound, "ticket_not_found")
    assert count(database, "messages") == 0
    assert database.read("SELECT count(*) FROM outbox WHERE name = 'MessageAdded'")[0][0] == 0


@pytest.fixture
def rating(database, settled, watcher):
    """Return who rates the ticket, which is resolved, by the watcher's link, and how."""
    with database.work(actor=settled.admin, now=MONDAY) as work:
        changing.change_ticket(work, settled.admin, settled.made["id"], status="resolved")
        work.commit()
    token = LINKS.sign("satisfaction", str(watcher["participant_id"]))
    return ANONYMOUS, lambda work: following.give_satisfaction(work, LINKS, token, 5, "")


def test_who_rates_while_they_are_taken_off_has_a_link_no_more(database, settled, watcher, rating):
    """As whoever was taken off before."""
    refusal = behind(database, taking_off(settled, watcher["participant_id"]), rating)
    assert (type(refusal), refusal.code) == (NotFound, "link_not_found")
    assert count(database, "satisfactions") == 0


def test_who_rates_while_their_account_is_closed_has_a_link_no_more(database, settled, rating):
    """They were there when the link was looked up, and are not once it is their turn."""

    def close(work):
        locked.lock_for_fact(work, UUID(settled.made["id"]))
        work.load("UPDATE people SET active = false WHERE person_id = %(id)s", id=settled.neighbour.person_id)

    refusal = behind(database, (TICKETS, close), rating)
    assert (type(refusal), refusal.code) == (NotFound, "link_not_found")
    assert count(database, "satisfactions") == 0


def test_a_mail_that_answers_while_its_writer_is_taken_off(database, settled, files, watcher):
    """It is put off, and opens a ticket of its own then, as it would have a moment later."""
    reply = {"ticket_id": UUID(settled.made["id"]), "participant_id": watcher["participant_id"]}
    mail = GivenFact(MessageReceived, a_mail(sender=settled.neighbour.email, reply=reply))

    def receive(work):
        reports.receive_mail(work, files, mail)

    put_off = behind(database, taking_off(settled, watcher["participant_id"]), (TICKETS, receive))
    assert type(put_off) is NotYet
    assert (count(database, "messages"), count(database, "tickets")) == (0, 1)
    assert outcome(database, TICKETS, receive) is None
    assert (count(database, "messages"), count(database, "tickets")) == (0, 2)


def test_the_incidents_of_an_intervention_are_held_in_one_order(database, settled, files):
    """A plan takes somebody out of the second and lets another into both; whoever holds the first gets both."""
    first, second = sorted((new_id(), new_id()))
    intervention_id, declarer = new_id(), {first: settled.contractor, second: settled.worker}

    def declare(work):
        for ticket_id, by in declarer.items():
            about = {"ticket_id": ticket_id, "intervention_id": intervention_id}
            declared(Desk(work, files), settled, settled.made, by, **about)

    def send_another(work):
        sent = settled.worker, settled.helper
        plan(Desk(work, files), InterventionReplanned, 2, intervention_id, settled.made, *sent)

    settled.helper = outcome(database, TICKETS, lambda work: settled.at(Desk(work, files)).someone("worker", "Hugo"))
    assert outcome(database, TICKETS, declare) is None
    with ThreadPoolExecutor(1) as pool, database.work(actor=TICKETS, now=MONDAY) as work:
        work.load("SELECT FROM tickets WHERE id = %(id)s FOR UPDATE", id=first)
        planning = pool.submit(outcome, database, TICKETS, send_another)
        until_blocked(database)
        work.load("SELECT FROM tickets WHERE id = %(id)s FOR UPDATE NOWAIT", id=second)
        work.commit()
        assert planning.result() is None
    sent = "SELECT count(*) FROM participants WHERE person_id = %(id)s"
    assert database.read(sent, id=settled.helper.person_id)[0][0] == 2
