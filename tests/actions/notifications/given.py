"""Facts, people and mails by intent, for the tests of notifications."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from uuid import UUID

from chassis.ids import new_id
from chassis.settings import Settings
from chassis.testing import MONDAY, GivenFact
from services.dispatch.contract import InterventionCancelled, InterventionPlanned, InterventionReplanned
from services.identity.contract import PersonInvited, RegistrationRequested
from services.notifications import actions
from services.notifications.actions.sending import claim_next, send_claimed
from services.notifications.models import Mailbox, Person, Site
from services.tickets.contract import (
    ContractorCalledOff,
    ContractorInvited,
    MessageAdded,
    NoteAdded,
    TicketAssigned,
    TicketOpened,
    TicketParticipantsChanged,
    TicketResolved,
    TicketStatusChanged,
    TicketUsergroupChanged,
)

SETTINGS = Settings(
    {
        "LINK_KEY": "bGluay1rZXktb2YtdGhlLXRlc3RzLTMyLWJ5dGVzISE=",
        "MAIL_DOMAIN": "desk.example",
        "PUBLIC_URL": "https://desk.example",
    }
)
#: Tuesday, 9:00 to 11:00 in Paris.
TUESDAY = datetime(2026, 11, 17, 8, 0, tzinfo=UTC)
RESIDENT = "rosa@homes.example"


@dataclass
class Sink:
    """A sender that keeps what it is given, or answers as it is told.

    `answers` are exceptions for the next mails, `None` for success.
    """

    answers: list = field(default_factory=list)
    mails: list = field(default_factory=list)
    closed: int = 0

    def send(self, mail):
        """Take one mail."""
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        self.mails.append(mail)

    def close(self):
        """Count that it was closed."""
        self.closed += 1


def a_person(work, **particulars):
    """Keep the copy of a person; return the row's values."""
    person = {
        "person_id": new_id(),
        "version": 1,
        "email": f"{new_id().hex}@people.example",
        "name": "Paul Person",
        "language": "en",
        "roles": ["agent"],
        "active": True,
        **particulars,
    }
    work.add(Person(**person))
    work.flush()
    return person


def a_mailbox(work, **particulars):
    """Keep the copy of a mailbox; return its id."""
    mailbox = {
        "mailbox_id": new_id(),
        "version": 1,
        "address": "heating@desk.example",
        "name": "Heating desk",
        "active": True,
        **particulars,
    }
    work.add(Mailbox(**mailbox))
    work.flush()
    return mailbox["mailbox_id"]


def a_site(work, time_zone="Europe/Paris", *, above=(), **particulars):
    """Keep the copy of a site; return its id.

    :param above: ids of its ancestors, from the root down.
    """
    id_ = new_id()
    columns = {"name": "Lindenhof", "path": [*above, id_], "address": ""}
    site = Site(site_id=id_, version=1, time_zone=time_zone, **{**columns, **particulars})
    work.add(site)
    work.flush()
    return site.site_id


def a_participant(role="requester", person=None, **particulars):
    """Return somebody who takes part: a stranger, or a person of whom a copy is kept."""
    participant = {
        "participant_id": new_id(),
        "person_id": person["person_id"] if person else None,
        "email": None if person else RESIDENT,
        "name": person["name"] if person else "Rosa Resident",
        "language": "fr",
        "role": role,
    }
    return {**participant, **particulars}


def opened(requester=None, others=(), *, version=1, source=None, actor=None, **particulars):
    """Return `TicketOpened`: by mail, of a French-speaking stranger, unless told otherwise."""
    requester = requester or a_participant()
    payload = {
        "ticket_id": new_id(),
        "number": "26-000042",
        "subject": "Le chauffage est en panne",
        "description": "Il fait froid.",
        "kind": "request",
        "channel": "mail",
        "usergroup_chosen": False,
        "priority": "normal",
        "private": False,
        "requester": {name: value for name, value in requester.items() if name != "role"},
        "opened_at": MONDAY - timedelta(seconds=1),
        "language": requester["language"],
        "source": {"message_id": "<report@homes.example>", "automatic": False, **(source or {})},
        "participants": [requester, *others],
        **particulars,
    }
    return GivenFact(TicketOpened, payload, version=version, actor=actor)


def about(ticket, event, payload, **options):
    """Return a fact about a ticket that was opened."""
    common = {name: ticket.data[name] for name in ("ticket_id", "number", "subject")}
    fields = event().fields
    return GivenFact(event, {**{name: value for name, value in common.items() if name in fields}, **payload}, **options)


def message(ticket, author, recipients, *, version=2, **particulars):
    """Return `MessageAdded`: an answer to a ticket, written by `author`, unless told otherwise."""
    payload = {
        "message_id": new_id(),
        "body": "Nous envoyons un technicien demain.",
        "author": {name: author.get(name) for name in ("participant_id", "person_id", "name")},
        "author_role": "agent",
        "channel": "api",
        "written_at": MONDAY,
        "attachments": [],
        "recipients": recipients,
        "mail": {"message_id": None, "references": []},
        "automatic": False,
        "first_response": False,
        **particulars,
    }
    return about(ticket, MessageAdded, payload, version=version)


def note(ticket, author, readers, mail=None):
    """Return `NoteAdded`.

    :param mail: what it says of a mail that is kept as a note.
    """
    payload = {
        "message_id": new_id(),
        "author": {"person_id": author["person_id"], "name": author["name"]},
        "written_at": MONDAY,
        "readers": readers,
        "mail": mail,
    }
    return about(ticket, NoteAdded, payload, version=3)


def assigned(ticket, person_id, *, version=2, actor=None, by="routing", assignee=None):
    """Return `TicketAssigned`.

    :param assignee: as they take part; earlier versions did not tell it.
    """
    payload = {"assignee_id": person_id, "by": by, "assigned_at": MONDAY, "assignee": assignee}
    return about(ticket, TicketAssigned, payload, version=version, actor=actor)


def moved(ticket, to, recipients, *, version=4, actor=None):
    """Return `TicketStatusChanged`."""
    payload = {
        "from_": "open",
        "to": to,
        "reason": "person",
        "changed_at": MONDAY,
        "recipients": recipients,
    }
    return about(ticket, TicketStatusChanged, payload, version=version, actor=actor)


def resolved(ticket, *, version=9, **particulars):
    """Return `TicketResolved`."""
    payload = {"resolved_at": MONDAY, "requester": ticket.data["requester"], **particulars}
    return about(ticket, TicketResolved, payload, version=version)


def participants(ticket, present, *, version=5):
    """Return `TicketParticipantsChanged`."""
    return about(ticket, TicketParticipantsChanged, {"participants": present}, version=version)


def regrouped(ticket, usergroup_id, *, version=2):
    """Return `TicketUsergroupChanged`."""
    payload = {"ticket_id": ticket.data["ticket_id"], "usergroup_id": usergroup_id, "chosen": False}
    return GivenFact(TicketUsergroupChanged, {**payload, "changed_at": MONDAY}, version=version)


def invited(ticket, contractor, *, version=5, **particulars):
    """Return `ContractorInvited`."""
    payload = {
        "work_order_id": new_id(),
        "work_order_number": "W26-000007",
        "work_order_title": "Replace the valve",
        "contractor": contractor,
        "invited_at": MONDAY,
        **particulars,
    }
    return about(ticket, ContractorInvited, payload, version=version)


def called_off(invitation, *, version=6, **particulars):
    """Return `ContractorCalledOff` of the work order of a `ContractorInvited`."""
    names = ("ticket_id", "number", "subject", "work_order_id", "contractor")
    payload = {**{name: invitation.data[name] for name in names}, "called_off_at": MONDAY, **particulars}
    return GivenFact(ContractorCalledOff, payload, version=version)


def intervention(ticket, *, event=InterventionPlanned, workers=(), site_id=None, starts_at=TUESDAY, **options):
    """Return `InterventionPlanned` (or `InterventionReplanned`) for two hours."""
    payload = {
        "intervention_id": options.pop("intervention_id", None) or new_id(),
        "work_order_id": new_id(),
        "ticket_id": ticket.data["ticket_id"],
        "site_id": site_id,
        "service_type_id": None,
        "usergroup_id": None,
        "workers": [{"person_id": one["person_id"], "name": one["name"]} for one in workers],
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2),
        "planned_at": MONDAY,
        "work_order_title": "Repair the heating",
    }
    return GivenFact(event, payload, **options)


def moved_intervention(planned, *, version=2, **options):
    """Return `InterventionReplanned` of a planned intervention, with what has changed."""
    data = planned.data
    payload = {**data, **options}
    payload["ends_at"] = payload["starts_at"] + timedelta(hours=2)
    return GivenFact(InterventionReplanned, payload, version=version)


def cancelled_intervention(planned, *, version=3):
    """Return `InterventionCancelled` of a planned intervention."""
    names = ("intervention_id", "work_order_id", "ticket_id")
    payload = {name: planned.data[name] for name in names}
    return GivenFact(
        InterventionCancelled,
        {**payload, "reason": "the worker is ill", "cancelled_at": MONDAY},
        version=version,
    )


def registration(email=RESIDENT, *, already_registered=False, language="fr"):
    """Return `RegistrationRequested`."""
    payload = {
        "person_id": UUID("01940000-0000-7000-8000-000000000001"),
        "email": email,
        "name": "Buy pills at http://spam.example",
        "language": language,
        "already_registered": already_registered,
    }
    return GivenFact(RegistrationRequested, payload)


def invitation(
    email="wim@provider.example", *, language="fr", invited_by="Ada Admin", invited_at=MONDAY, **particulars
):
    """Return `PersonInvited`."""
    payload = {
        "person_id": UUID("01940000-0000-7000-8000-000000000002"),
        "email": email,
        "name": "Wim Worker",
        "language": language,
        "invited_by": invited_by,
        "invited_at": invited_at,
    }
    return GivenFact(PersonInvited, payload, **particulars)


def hear_opened(work, fact):
    """Handle `TicketOpened`; return it."""
    actions.open_correspondence(work, fact, SETTINGS)
    return fact


def send_next(work, sender, settings, store):
    """Claim and send the mail that is due first; return whether there may be another one."""
    delivery_id = claim_next(work)
    return delivery_id is not None and send_claimed(work, delivery_id, sender, settings, store)


def send_all(work, sender=None, store=None):
    """Send what is due; return the mails, parsed."""
    sender = sender or Sink()
    work.flush()
    while send_next(work, sender, SETTINGS, store):
        work.flush()
    work.flush()
    return [parsed(mail) for mail in sender.mails]


def parsed(mail):
    """Return a sent mail as a mail program reads it."""
    return message_from_bytes(mail.content, policy=policy.default)


def text_of(mail):
    """Return the text part, with plain line ends."""
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


def html_of(mail):
    """Return the HTML part, with plain line ends."""
    return mail.get_body(("html",)).get_content().replace("\r\n", "\n")


def deliveries(work, columns="kind, state, recipient"):
    """Return the deliveries written so far, oldest first."""
    work.flush()
    return [tuple(row) for row in work.load(f"SELECT {columns} FROM deliveries ORDER BY id")]


def lists(work, columns="person_id, kind, title"):
    """Return the in-app lines written so far, oldest first."""
    work.flush()
    return [tuple(row) for row in work.load(f"SELECT {columns} FROM notifications ORDER BY id")]


def requester_of(ticket):
    """Return the requester as facts list them among the recipients."""
    return {**ticket.data["requester"], "role": "requester"}


def hear_message(work, fact, store=None):
    """Handle `MessageAdded`; return it."""
    actions.pass_on_message(work, fact, SETTINGS, store)
    return fact
