"""A ticket that a transaction holds: loaded with all that decisions need in one round trip, written in one."""

from functools import cache
from uuid import UUID

from chassis.actors import system_actor
from chassis.errors import NotYet
from chassis.prepared import Prepared
from services.identity.contract import NOT_ANSWERING
from services.tickets.access import MAY_SUPERVISE, STANDING, STANDS, VISIBLE, array_of, sight_of
from services.tickets.contract import TicketParticipantsChanged
from services.tickets.domain import CONTRACTOR, OUTSIDE_ROLES
from services.tickets.party import Party
from services.tickets.refusals import absent

# Each column costs every reply some microseconds: one that only facts need goes into `_COLUMNS_FOR_FACTS`.
_COLUMNS = (
    "t.id, t.number, t.subject, t.status, t.priority, t.private, t.category_id, t.site_id, t.usergroup_id,"
    " t.assignee_id, t.assignee_chosen_at, t.requester_participant_id, t.requester_person_id, t.language,"
    " t.source_message_id, t.first_response_at, t.resolved_at, t.version"
)
#: What only facts need: dispatch's decisions are weighed against it; an incident takes the organisation over, and
#: tells the kind of what it is about.
_COLUMNS_FOR_FACTS = (
    "t.category_chosen_at, t.priority_chosen_at, t.usergroup_chosen_at, t.routed_at, t.assignment_version,"
    " t.deadlines_version, t.first_response_due_at, t.resolution_due_at, t.organisation_id, t.kind"
)
#: On `tickets t` and the copy `known` of a person: what `domain.can_serve` says of them; a test holds the two equal.
CAN_SERVE = (
    f"(NOT known.roles <@ {array_of(NOT_ANSWERING)} AND ('{CONTRACTOR}' = ANY (known.roles)"
    " OR coalesce((SELECT known.person_id = ANY (g.agents)"
    f" OR (known.person_id = ANY (g.supervisors) AND {MAY_SUPERVISE}) FROM usergroups g"
    f" WHERE g.usergroup_id = t.usergroup_id), NOT known.roles <@ {array_of(OUTSIDE_ROLES)})))"
)
#: On `participants p` of `tickets t` and the copy `known` of their person, if any: whether they still take part. Who
#: answers for the ticket does while they can serve it; of others a standing has to reach it.
_TAKES_PART = (
    f"coalesce((coalesce(p.person_id = t.assignee_id, false) AND {CAN_SERVE})"
    f" OR (NOT p.as_assignee AND {STANDS}), true)"
)
#: Likewise, whether facts and mails reach them.
REACHED = f"(coalesce(known.active, true) AND {_TAKES_PART})"
_PARTICIPANTS = (
    "coalesce((SELECT json_agg(json_build_object('participant_id', p.id, 'person_id', p.person_id,"
    " 'email', coalesce(known.email, p.email), 'name', coalesce(known.name, p.name),"
    " 'language', coalesce(known.language, p.language), 'role', p.role, 'as_assignee', p.as_assignee,"
    f" 'standing', p.standing, 'takes_part', {_TAKES_PART}, 'is_open', coalesce(known.active, true))"
    " ORDER BY p.added_at, p.id)"
    " FROM participants p LEFT JOIN people known USING (person_id) WHERE p.ticket_id = t.id), '[]'::json)"
)
#: When a person set a field, which nobody is shown.
CHOSEN_AT = frozenset({"category_chosen_at", "priority_chosen_at", "usergroup_chosen_at", "assignee_chosen_at"})
#: Mails of the ticket that the next mail refers to, at the most.
MOST_REFERENCES = 10
_REFERENCES = (
    "ARRAY(SELECT m.source_message_id FROM messages m WHERE m.ticket_id = t.id"
    " AND m.source_message_id IS NOT NULL AND NOT m.internal"
    f" ORDER BY m.position DESC LIMIT {MOST_REFERENCES})"
)


_HOLD = Prepared("SELECT FROM tickets WHERE id = %(ticket_id)s FOR UPDATE")


def _locking(columns):
    # A statement that has waited for a locked row reads that row anew, but all others as they were before the wait. So
    # one statement waits and another reads; that one locks as well, for a ticket that is committed between the two.
    read = Prepared(
        f"SELECT {columns}, {STANDING}, {_PARTICIPANTS} AS participants, {_REFERENCES} AS later_mails"
        f" FROM tickets t WHERE t.id = %(ticket_id)s AND {VISIBLE} FOR UPDATE OF t"
    )
    return _HOLD, read


_LOCK = _locking(_COLUMNS)
_LOCK_FOR_FACT = _locking(f"{_COLUMNS}, {_COLUMNS_FOR_FACTS}")
_SIGHT_OF_SERVICE = sight_of(system_actor("tickets"))


class LockedTicket:
    """One ticket, locked until the transaction ends.

    Its attributes are the columns that were read, as they are `set` by now, those of `access.STANDING`, and
    `participants`, a list of `Party`s that only `actions.participation` changes.
    """

    def __init__(self, work, row):
        self._work = work
        self._values = row._asdict()
        self._changes = {}
        self._tells_participants = False
        self._values["participants"] = list(map(_party_of, row.participants))

    def __getattr__(self, name):
        try:
            return self.__dict__["_values"][name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def next_version(self):
        """Return the version that the ticket has once it is written; facts about the change carry it."""
        return self.version + 1

    @property
    def named(self):
        """Return how facts about the change name the ticket, their version among it."""
        return {
            "version": self.next_version,
            "ticket_id": self.id,
            "number": self.number,
            "subject": self.subject,
        }

    @property
    def mails(self):
        """Return the Message-IDs that the ticket's mails came with, oldest first."""
        opening = [self.source_message_id] if self.source_message_id else []
        return opening + self.later_mails[::-1]

    def set(self, **columns):
        """Change columns; nothing is written before `write`."""
        self._values.update(columns)
        self._changes.update(columns)

    def send_ahead(self):
        """Let the next statement see what was set; the ticket has to be written all the same."""
        if self._changes:
            self._work.send_ahead(_aside_of(tuple(self._changes)), ticket_id=self.id, **self._changes)

    def tell_participants(self):
        """Have it told who takes part, once the ticket is written.

        Whoever keeps the list goes by its version, so one change tells it once, as it is in the end.
        """
        self._tells_participants = True

    def write(self):
        """Gather the UPDATE that makes the ticket newer; call it last, once per fact, if anything visible changed."""
        if self._tells_participants:
            about = {"version": self.next_version, "ticket_id": self.id}
            self._work.tell(TicketParticipantsChanged, **about, participants=self.taking_part)
            self._tells_participants = False
        statement = _update_of(tuple(self._changes))
        self._work.change(statement, ticket_id=self.id, updated_at=self._work.now, **self._changes)
        self._values["version"] += 1
        self._changes = {}

    def set_aside(self, **columns):
        """Change columns that nobody is shown, without making the ticket newer."""
        self._values.update(columns)
        self._work.change(_aside_of(tuple(columns)), ticket_id=self.id, **columns)

    def write_if_changed(self):
        """Write what was set, if anything. That a person chose what was there already makes the ticket no newer."""
        if not CHOSEN_AT.issuperset(self._changes):
            self.write()
        elif self._changes:
            self.set_aside(**self._changes)

    def participant(self, participant_id):
        """Return the participant with an id, or `None`."""
        return next((p for p in self.participants if p.participant_id == participant_id), None)

    def participant_of(self, person_id):
        """Return the participant that a person is, or `None`."""
        return next((p for p in self.participants if p.person_id == person_id), None)

    def recipients(self, *, but):
        """Return whom facts about this ticket reach: its active participants.

        :param but: id of the person or participant who caused it and needs no word of it, or `None`.
        """
        return [
            party.as_fact()
            for party in self.participants
            if party.active and (but is None or str(but) not in map(str, (party.person_id, party.participant_id)))
        ]

    @property
    def taking_part(self):
        """Return who takes part as facts carry them, those with a closed account too: it may be opened again."""
        return [party.as_fact() for party in self.participants if party.takes_part]

    @property
    def requester(self):
        """Return the participant who asked."""
        return self.participant(self.requester_participant_id)


def _party_of(read):
    """Return a participant as `_PARTICIPANTS` reads them, their ids as text."""
    read["participant_id"] = UUID(read["participant_id"])
    read["person_id"] = read["person_id"] and UUID(read["person_id"])
    return Party(**read)


def lock(work, actor, ticket_id):
    """Return the ticket, locked.

    :raises NotFound: `ticket_not_found`, also for one that the actor may not see.
    """
    row = work.one(_LOCK, ticket_id=ticket_id, **sight_of(actor))
    if row is None:
        raise absent("ticket")
    return LockedTicket(work, row)


def lock_for_fact(work, ticket_id):
    """Return the ticket that a fact or a link is about, locked, whoever may see it.

    It is read once for all facts that are handled in a transaction.

    :raises NotYet: it is not there yet.
    """
    if ticket_id not in work.held:
        row = work.one(_LOCK_FOR_FACT, ticket_id=ticket_id, **_SIGHT_OF_SERVICE)
        if row is None:
            raise NotYet(f"ticket {ticket_id}")
        work.held[ticket_id] = LockedTicket(work, row)
    return work.held[ticket_id]


def release(work, ticket):
    """Have whatever comes next in the transaction read a ticket anew; it stays locked.

    :param ticket: as `lock_for_fact` gave it.
    """
    del work.held[ticket.id]


@cache
def _aside_of(columns):
    changes = ", ".join(f"{column} = %({column})s" for column in columns)
    return Prepared(f"UPDATE tickets SET {changes} WHERE id = %(ticket_id)s")


@cache
def _update_of(columns):
    changes = "".join(f"{column} = %({column})s, " for column in columns)
    return Prepared(
        f"UPDATE tickets SET {changes}version = version + 1, updated_at = %(updated_at)s WHERE id = %(ticket_id)s"
    )
