"""Writing on a ticket: messages to all who take part, notes to its agents."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.actors import require
from chassis.ids import new_id
from services.tickets.access import answers_for_desk, may_reply
from services.tickets.actions.attachments import as_facts, bind, unbound_of
from services.tickets.actions.moving import move
from services.tickets.actions.participation import join
from services.tickets.contract import MessageAdded, NoteAdded
from services.tickets.contract.words import FOR_AGENTS, FOR_ALL
from services.tickets.domain import author_role_of, belongs_to_desk, status_after_message
from services.tickets.history import record
from services.tickets.locked import CAN_SERVE, lock
from services.tickets.models import Message
from services.tickets.party import Party
from services.tickets.search import keep_words_of_message

_READERS = (
    "SELECT known.person_id, known.roles FROM people known, (VALUES (%(usergroup_id)s::uuid)) t (usergroup_id)"
    f" WHERE known.active AND ((known.person_id = %(assignee_id)s AND {CAN_SERVE}) OR known.person_id = ANY"
    " (SELECT unnest(g.agents) FROM usergroups g WHERE g.usergroup_id = t.usergroup_id))"
)


@dataclass(kw_only=True)
class Writing:
    """Who writes what, as it is to be recorded.

    :param participant: the author as a participant, `None` for an agent who is none.
    :param role: the author's, one of the contract's `AUTHOR_ROLES`.
    """

    body: str
    internal: bool
    name: str
    role: str
    channel: str
    written_at: datetime
    email: str | None = None
    person_id: UUID | None = None
    participant: Party | None = None
    automatic: bool = False
    unverified: bool = False
    source_message_id: str | None = None
    message_id: UUID | None = None

    @property
    def author(self):
        """Return the author as facts carry them."""
        return {
            "participant_id": self.participant and self.participant.participant_id,
            "person_id": self.person_id,
            "name": self.name,
        }

    @property
    def doer(self):
        """Return the author as history has them."""
        return {"person_id": self.person_id, "name": self.name}


def add_message(work, actor, ticket_id, body, internal, attachments):
    """Write a message or a note; return it as the contract's `Message` shows it.

    :param attachments: ids of the actor's own unbound attachments.
    :raises NotFound: `ticket_not_found`, `attachment_not_found`.
    :raises Forbidden: `not_allowed`.
    """
    ticket = lock(work, actor, ticket_id)
    require(ticket.internal if internal else may_reply(actor, ticket))
    files = unbound_of(work, actor, attachments)
    writing = _writing(work, actor, ticket, body, internal)
    message = record_message(work, ticket, writing)
    bind(work, files, ticket.id, message.id)
    tell_message(work, ticket, message, writing, files)
    ticket.write()
    author = {**writing.author, "email": message.author_email}
    return {**_columns(message), "author": author, "attachments": files}


def _writing(work, actor, ticket, body, internal):
    participant = ticket.participant_of(actor.person_id)
    role = _role_of(actor, ticket, participant)
    if participant is None and role == "client":
        # The answers are to reach whoever has written, though it is a colleague's request.
        participant = _let_in(work, actor, ticket)
    return Writing(
        body=body,
        internal=internal,
        name=actor.name,
        email=actor.email or None,
        person_id=actor.person_id,
        participant=participant,
        role=role,
        channel="api",
        written_at=work.now,
    )


def _let_in(work, actor, ticket):
    joining = Party(
        person_id=actor.person_id, email=actor.email, name=actor.name, language=actor.language, role="client",
        standing="organisation",
    )  # fmt: skip
    join(work, ticket, joining)
    ticket.tell_participants()
    return ticket.participant_of(actor.person_id)


def record_message(work, ticket, writing):
    """Gather the rows of a message and its history line; return its row."""
    message = Message(
        id=writing.message_id or new_id(),
        ticket_id=ticket.id,
        body=writing.body,
        internal=writing.internal,
        author_participant_id=writing.author["participant_id"],
        author_person_id=writing.person_id,
        author_name=writing.name,
        author_email=writing.email,
        author_role=writing.role,
        channel=writing.channel,
        automatic=writing.automatic,
        unverified=writing.unverified,
        source_message_id=writing.source_message_id,
        written_at=writing.written_at,
    )
    work.add(message)
    keep_words_of_message(work, ticket.id, message.id, message.body, message.internal)
    kind, audience = (NoteAdded, FOR_AGENTS) if writing.internal else (MessageAdded, FOR_ALL)
    shown = {"message_id": str(message.id), "author_role": writing.role, "channel": writing.channel}
    if writing.unverified:
        shown["unverified"] = True
    record(work, ticket.id, kind, audience, at=writing.written_at, doer=writing.doer, new=shown)
    return message


def tell_message(work, ticket, message, writing, attachments):
    """Tell a message or note, and move the ticket as it asks for.

    :param attachments: rows of the message's.
    """
    if message.internal:
        _tell_note(work, ticket, message, writing)
        return
    first_response = writing.role in ("agent", "contractor") and ticket.first_response_at is None
    if first_response:
        ticket.set(first_response_at=message.written_at)
    but = message.author_participant_id or message.author_person_id
    work.tell(
        MessageAdded,
        **ticket.named,
        message_id=message.id,
        body=message.body,
        author=writing.author,
        author_role=writing.role,
        channel=message.channel,
        written_at=message.written_at,
        attachments=as_facts(attachments),
        # Two machines that answer each other would never end.
        recipients=[] if message.automatic else ticket.recipients(but=but),
        mail={"message_id": message.source_message_id, "references": ticket.mails},
        automatic=message.automatic,
        first_response=first_response,
    )
    status = status_after_message(ticket.status, writing.role, automatic=writing.automatic)
    if status != ticket.status:
        move(work, ticket, status, "message", writing.doer)


def _tell_note(work, ticket, message, writing):
    readers = work.load(_READERS, assignee_id=ticket.assignee_id, usergroup_id=ticket.usergroup_id)
    work.tell(
        NoteAdded,
        version=ticket.next_version,
        ticket_id=ticket.id,
        number=ticket.number,
        message_id=message.id,
        author=writing.author,
        written_at=message.written_at,
        readers=[
            reader.person_id
            for reader in readers
            if belongs_to_desk(reader.roles) and reader.person_id != message.author_person_id
        ],
        mail=_noted_mail(writing) if writing.channel == "mail" else None,
    )


def _noted_mail(writing):
    return {"email": writing.email, "automatic": writing.automatic, "unverified": writing.unverified}


def _role_of(actor, ticket, participant):
    if participant and participant.role == "requester":
        return "requester"
    if answers_for_desk(actor, ticket):
        return "agent"
    if participant:
        return author_role_of(participant.role, actor.roles)
    return "client"


def _columns(message):
    names = ("id", "ticket_id", "body", "internal", "author_role", "channel", "written_at")
    return {**{name: getattr(message, name) for name in names}, "automatic": False, "unverified": False}
