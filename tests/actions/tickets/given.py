"""Test data by intent: the desk as its edge calls it, people of every role, tickets, facts."""

import json
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace
from uuid import UUID

import pytest

from chassis import forms
from chassis.actors import is_let_in
from chassis.bus.entrypoints import On, entrypoints_of
from chassis.contract import RawJSON
from chassis.errors import Forbidden, NotYet
from chassis.ids import new_id
from chassis.links import Links
from chassis.prepared import Prepared
from chassis.testing import MONDAY, GivenFact, an_actor, end_action, told
from services.identity.contract import PersonChanged, SiteChanged, UsergroupChanged
from services.identity.domain import ROLES
from services.inbound.contract import MessageReceived, WebformSubmitted
from services.tickets.access import PERMISSIONS
from services.tickets.contract import Tickets
from services.tickets.copies import Person, Site, Usergroup
from services.tickets.models import Base
from services.tickets.service import TicketsService

LISTENERS = {entry.event: name for name, entry in entrypoints_of(TicketsService, On).items()}
LINKS = Links(b"k" * 32)


def minutes(count):
    """Return so many minutes."""
    return timedelta(minutes=count)


class Desk:
    """Tickets as the edge calls it: permission, contract, handler, answer; facts go to their listeners."""

    def __init__(self, work, files):
        self.work = work
        self.files = files
        self._is_at_once = False
        self.service = TicketsService()
        self.service.database = SimpleNamespace(read=self._read)
        self.service.files = files
        self.service.settings = SimpleNamespace(links=LINKS, public_url="https://desk.example")

    def _read(self, statement, /, **values):
        self.work.flush()
        return self.work.load(statement, **values)

    def ask(self, actor, method, **arguments):
        """Return the answer of a method as the caller gets it."""
        declared = Tickets.methods()[method]
        if not declared.anonymous and not is_let_in(actor, PERMISSIONS.get(method)):
            raise Forbidden("not_allowed", "Your role does not allow this.")
        values = forms.load(declared.takes, plain(arguments))
        before, self.work.actor = self.work.actor, actor
        try:
            answer = getattr(self.service, method)(self.work, actor, **values)
        finally:
            self.work.actor = before
        end_action(self.work)
        if declared.gives is None:
            return answer
        return json.loads(answer.body) if isinstance(answer, RawJSON) else forms.dump(declared.gives, answer)

    def hear(self, event, *, version=1, actor=None, moment=MONDAY, **payload):
        """Give a fact to its listener."""
        fact = GivenFact(event, payload, version=version, actor=actor, occurred_at=moment)
        getattr(self.service, LISTENERS[event])(self.work, fact)
        if not self._is_at_once:
            end_action(self.work)
        return fact

    @contextmanager
    def at_once(self):
        """Give facts to their listeners in one transaction, as the edge does with those that were told in one."""
        self._is_at_once = True
        try:
            yield
        finally:
            self._is_at_once = False
        end_action(self.work)

    def told(self, *names):
        """Return the facts told so far, those with the names given where there are any."""
        return [payload for name, payload in told(self.work) if not names or name in names]

    def forget(self):
        """Take no account of what was told so far."""
        self.work.facts.clear()

    def history(self, actor, ticket, kind=None):
        """Return the lines that an actor sees, of one kind where it is given."""
        lines = self.ask(actor, "history_of_ticket", ticket_id=ticket["id"], limit=100)["items"]
        return [line for line in lines if kind in (None, line["kind"])]


class Place:
    """A usergroup `heating` with agent, member and supervisor, another group, a client firm and its sites."""

    def __init__(self, desk):
        self.desk = desk
        self.heating, self.lifts = new_id(), new_id()
        self.owners, self.strangers_firm = new_id(), new_id()
        self.property, self.flat, self.elsewhere = new_id(), new_id(), new_id()
        self.admin = self.someone("admin")
        self.agent = self.someone("agent", "Ada Agent", serves=[self.heating])
        self.colleague = self.someone("agent", "Carl Colleague", serves=[self.heating])
        self.lift_agent = self.someone("agent", "Lou Lift", serves=[self.lifts])
        self.manager = self.someone("manager", "Mia Manager", supervises=[self.heating])
        self.resident = self.someone("requester", "Rita Resident", members=[self.heating])
        self.neighbour = self.someone("requester", "Nils Neighbour")
        self.client = self.someone("client", "Clara Client", organisation_id=self.owners)
        self.other_client = self.someone("client", "Otto Other", organisation_id=self.strangers_firm)
        self.worker = self.someone("worker", "Will Worker")
        self.contractor = self.someone("external_agent", "Cora Contractor")
        self.group(self.heating, "Heating", private_allowed=True)
        self.group(self.lifts, "Lifts", agents=[self.lift_agent])
        self.site(self.property, "Lindenhof", organisation_id=self.owners)
        self.site(self.flat, "Flat 12", path=[self.property, self.flat])
        self.site(self.elsewhere, "Elsewhere", organisation_id=self.strangers_firm)

    def at(self, desk):
        """Return the same place as another desk knows it, which goes on in this one's transaction."""
        place = copy(self)
        place.desk = desk
        return place

    def someone(self, role, name=None, **particulars):
        """Return an actor with the rights that identity seeds for a role, known to tickets."""
        actor = an_actor(role=role, rights=ROLES[role], name=name or role.title(), **particulars)
        actor = replace(actor, email=f"{actor.name.split()[0].lower()}-{actor.person_id.hex[-6:]}@homes.example")
        self.person(actor)
        return actor

    def person(self, actor, version=1, **changes):
        """Tell of a person."""
        known = {name: getattr(actor, name) for name in ("person_id", "email", "name", "language")}
        known |= {"roles": list(actor.roles), "organisation_id": actor.organisation_id}
        self._tell(PersonChanged, Person, version, {**known, "active": True, "confirmed": True, **changes})

    def group(self, usergroup_id, name, *, version=1, **changes):
        """Tell of a usergroup; `heating` has its people, others have whom they are given."""
        lists = {"members": [], "supervisors": [], "agents": []}
        if usergroup_id == self.heating:
            lists["members"], lists["supervisors"] = [self.resident], [self.manager]
            lists["agents"] = [self.agent, self.colleague]
        lists = {key: [who.person_id for who in changes.pop(key, people)] for key, people in lists.items()}
        known = {"usergroup_id": usergroup_id, "name": name, "default_category_id": None, "active": True}
        known |= {"private_allowed": False, **lists}
        self._tell(UsergroupChanged, Usergroup, version, {**known, **changes})

    def site(self, site_id, name, *, path=None, organisation_id=None):
        """Tell of a site."""
        known = {"site_id": site_id, "name": name, "organisation_id": organisation_id, "active": True}
        self._tell(SiteChanged, Site, 1, {**known, "path": path or [site_id]})

    def _tell(self, event, model, version, known):
        # What is there from the beginning is put there at once: hearing of all of it takes a second.
        if version == 1:
            self.desk.work.add(model(version=1, **known))
            self.desk.work.flush()
        else:
            self.desk.hear(event, version=version, **known)

    def category(self, name="Heating", **particulars):
        """Return a new category."""
        slug = f"c-{new_id().hex[-12:]}"
        return self.desk.ask(self.admin, "create_category", name=name, slug=slug, **particulars)

    def ticket(self, by=None, **fields):
        """Return a new ticket: the resident's, in no usergroup, unless it is said otherwise."""
        asked = {"subject": "Heating fails", "description": "It is cold in flat 12.", **fields}
        return self.desk.ask(by or self.resident, "open_ticket", **asked)

    def heating_ticket(self, **fields):
        """Return a new ticket of the resident's in the usergroup `heating`."""
        return self.ticket(usergroup=self.heating, **fields)

    def assigned(self, person, **fields):
        """Return a new ticket in the usergroup `heating` that somebody answers for."""
        ticket = self.heating_ticket(**fields)
        return self.change(ticket, assignee=person.person_id)

    def change(self, ticket, by=None, **changes):
        """Return a ticket after an administrator, or whoever is named, has changed it."""
        return self.desk.ask(by or self.admin, "change_ticket", ticket_id=ticket["id"], **changes)

    def shown(self, ticket, to=None):
        """Return a ticket as it is now."""
        return self.desk.ask(to or self.admin, "ticket_by_id", ticket_id=ticket["id"])

    def messages(self, ticket, to=None):
        """Return the conversation of a ticket."""
        page = self.desk.ask(to or self.admin, "messages_of_ticket", ticket_id=ticket["id"], limit=100)
        return page["items"]

    def write(self, ticket, by, body="Hello.", **fields):
        """Return a new message."""
        return self.desk.ask(by, "add_message", ticket_id=ticket["id"], body=body, **fields)

    def upload(self, by, content=b"photo", filename="photo.jpg", content_type="image/jpeg"):
        """Return a new unbound attachment of somebody's."""
        upload = self.received(content)
        kept = {"upload": upload, "filename": filename, "content_type": content_type}
        return self.desk.ask(by, "keep_attachment", **kept)

    def received(self, content):
        """Return the name under which the gateway has received some bytes."""
        return self.desk.files.receive(BytesIO(content))

    def mail(self, **fields):
        """Give tickets a mail; return its fact."""
        return self.desk.hear(MessageReceived, **a_mail(**fields))

    def webform(self, **fields):
        """Give tickets a webform; return its fact."""
        form = {
            "submission_id": new_id(),
            "webform_id": new_id(),
            "participant_id": new_id(),
            "email": "nobody@homes.example",
            "name": "Nobody Known",
            "language": "de",
            "subject": "Licht",
            "description": "Das Licht im Keller ist aus.",
            "site_id": None,
            "usergroup_id": None,
            "category_id": None,
            "submitted_at": MONDAY,
        }
        return self.desk.hear(WebformSubmitted, **{**form, **fields})


def a_mail(*, sender="nobody@homes.example", name="Nobody Known", **fields):
    """Return the payload of a mail: from a stranger, new, unless it is said otherwise."""
    mail = {
        "inbound_message_id": new_id(),
        "mailbox_id": new_id(),
        "mailbox": {
            "address": "desk@demo.example",
            "usergroup_id": new_id(),
            "category_id": new_id(),
            "language": "es",
        },
        "envelope_from": sender or "",
        "envelope_to": "desk@demo.example",
        "from": {"email": sender, "name": name},
        "subject": "Panne de chauffage",
        "body": "Il fait froid.",
        "language": "fr",
        "message_id": f"<{new_id().hex}@homes.example>",
        "in_reply_to": [],
        "references": [],
        "reply": None,
        "automatic": False,
        "sent_at": MONDAY - minutes(3),
        "received_at": MONDAY - minutes(2),
        "attachments": [],
        "readable": True,
        "flags": [],
    }
    return {**mail, **fields}


def reply_to(participant, **fields):
    """Return the payload of a mail that a participant's own token names."""
    reply = {"ticket_id": None, "participant_id": UUID(participant["participant_id"])}
    return a_mail(sender=participant["email"], name=participant["name"], reply=reply, **fields)


def plain(value):
    """Return arguments as JSON carries them."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return str(value) if isinstance(value, UUID) else value


_CONTENTS = Prepared(
    " UNION ALL ".join(
        f"SELECT '{table.name}' AS name,"
        f""" md5(string_agg(x::text, '' ORDER BY x::text COLLATE "C")) AS mark FROM {table.name} x"""
        for table in Base.metadata.sorted_tables
    )
)


@contextmanager
def refused(desk, error, code):
    """Expect a refusal that changes nothing and tells nothing."""
    desk.work.flush()
    before, facts = contents(desk.work), list(desk.work.facts)
    with pytest.raises(error) as raised:
        yield raised
    assert raised.value.code == code
    desk.work.flush()
    assert contents(desk.work) == before
    assert desk.work.facts == facts


def contents(work):
    """Return a mark of all that the database holds, table by table."""
    return {row.name: row.mark for row in work.load(_CONTENTS)}


@contextmanager
def too_early(desk):
    """Expect that a fact is put off, and undo what its listener did until then, as the inbox does."""
    desk.work.flush()
    desk.work.load("SAVEPOINT fact")
    facts = list(desk.work.facts)
    with pytest.raises(NotYet):
        yield
    desk.work.flush()
    desk.work.load("ROLLBACK TO fact")
    desk.work.facts[:] = facts


def in_history(participant):
    """Return how the history shows a participant whom a fact or an answer shows."""
    return {name: participant[name] for name in ("participant_id", "person_id", "name", "role")}
