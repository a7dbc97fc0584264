"""How a ticket comes into being, whichever way it came: its rows, its first history line, its first fact."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.tickets.actions.participation import participant_row
from services.tickets.contract import TicketOpened
from services.tickets.contract.words import FOR_ALL
from services.tickets.domain import number_of
from services.tickets.history import record
from services.tickets.models import Ticket
from services.tickets.party import Party
from services.tickets.search import keep_address, keep_words_of_ticket

NOT_FROM_OUTSIDE = {
    "mailbox_id": None,
    "webform_id": None,
    "inbound_message_id": None,
    "message_id": None,
    "automatic": False,
    "suggested_usergroup_id": None,
    "suggested_category_id": None,
}


@dataclass(kw_only=True)
class Opening:
    """What a new ticket is made of.

    :param others: further participants, beside the requester.
    :param chosen: fields that a person set: `category`, `priority`, `usergroup`.
    :param source: where it came from, as `TicketOpened` tells it.
    :param unverified: it came in the name of a person who is known, and nothing proves that they sent it.
    :param more: what `TicketOpened` tells of it beside.
    """

    ticket_id: UUID
    subject: str
    description: str
    channel: str
    opened_at: datetime
    requester: Party
    others: list = field(default_factory=list)
    kind: str = "request"
    nature: str | None = None
    priority: str = "normal"
    private: bool = False
    category_id: UUID | None = None
    site_id: UUID | None = None
    organisation_id: UUID | None = None
    usergroup_id: UUID | None = None
    intervention_id: UUID | None = None
    chosen: frozenset = frozenset()
    source: dict = field(default_factory=lambda: NOT_FROM_OUTSIDE)
    unverified: bool = False
    more: dict = field(default_factory=dict)

    @property
    def participants(self):
        """Return all participants, the requester first."""
        return [self.requester, *self.others]


def record_opening(work, opening, serial, doer):
    """Record and tell a new ticket; return its row.

    :param serial: next of the sequence `ticket_numbers`.
    :param doer: `{"person_id", "name"}` of who opened it, or `None`.
    """
    ticket = _row_of(work, opening, number_of(serial, opening.opened_at))
    work.add(ticket, *(participant_row(ticket.id, party, work.now) for party in opening.participants))
    keep_words_of_ticket(work, ticket.id, ticket.number, ticket.subject, ticket.requester_name, ticket.description)
    if ticket.requester_email:
        keep_address(work, ticket.id, ticket.requester_participant_id, ticket.requester_email)
    shown = {"channel": opening.channel, "kind": opening.kind}
    if opening.unverified:
        shown["unverified"] = True
    record(work, ticket.id, TicketOpened, FOR_ALL, at=opening.opened_at, doer=doer, new=shown)
    _tell(work, opening, ticket)
    return ticket


#: What a ticket has as it was asked for.
_AS_ASKED = (
    *("subject", "description", "kind", "nature", "channel", "priority", "private", "opened_at"),
    *("category_id", "site_id", "organisation_id", "usergroup_id", "intervention_id"),
)


def _row_of(work, opening, number):
    requester = opening.requester
    chosen = {f"{name}_chosen_at": work.now for name in opening.chosen}
    return Ticket(
        id=opening.ticket_id,
        number=number,
        status="new",
        language=requester.language,
        requester_participant_id=requester.participant_id,
        requester_person_id=requester.person_id,
        requester_name=requester.name,
        requester_email=None if requester.person_id else requester.email,
        source_message_id=opening.source["message_id"],
        automatic=opening.source["automatic"],
        updated_at=work.now,
        version=1,
        **{name: getattr(opening, name) for name in _AS_ASKED},
        **chosen,
    )


def _tell(work, opening, ticket):
    participants = [party.as_fact() for party in opening.participants]
    work.tell(
        TicketOpened,
        version=1,
        ticket_id=ticket.id,
        number=ticket.number,
        subject=ticket.subject,
        description=ticket.description,
        kind=ticket.kind,
        nature=ticket.nature,
        channel=ticket.channel,
        category_id=ticket.category_id,
        site_id=ticket.site_id,
        usergroup_id=ticket.usergroup_id,
        usergroup_chosen="usergroup" in opening.chosen,
        priority=ticket.priority,
        priority_chosen="priority" in opening.chosen,
        private=ticket.private,
        requester=participants[0],
        opened_at=ticket.opened_at,
        language=ticket.language,
        source=opening.source,
        intervention_id=opening.intervention_id,
        participants=participants,
        **opening.more,
    )
