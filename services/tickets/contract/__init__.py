"""What tickets answers and tells.

Error codes: `ticket_not_found`, `category_not_found`, `site_not_found`, `person_not_found`,
`usergroup_not_found`, `attachment_not_found`, `participant_not_found`, `link_not_found` (404), `not_allowed`,
`usergroup_not_allowed` (403), `move_not_allowed`, `work_orders_open`, `private_not_allowed`, `already_a_participant`,
`participant_stays`, `category_slug_taken`, `already_rated`, `not_resolved_yet`, `uploads_full` (409), `version_stale`
(412),
`assignee_cannot_serve`, `private_needs_usergroup`, `participant_needs_one_address` (422).
"""

from chassis.contract import Contract, Retold, command, query
from services.tickets.contract.answers import (
    Attachment,
    Categories,
    Category,
    FollowedRequest,
    HistoryPage,
    Message,
    MessagePage,
    Participant,
    Satisfaction,
    StoredAttachment,
    Ticket,
    TicketPage,
)
from services.tickets.contract.arguments import (
    ByLink,
    Following,
    NewAttachment,
    NewCategory,
    NewMessage,
    NewParticipant,
    NewTicket,
    OneAttachment,
    OneParticipant,
    OneTicket,
    PageOfTicket,
    Rating,
    Retelling,
    TicketChange,
    TicketFilter,
)
from services.tickets.contract.facts import (
    CategoryChanged,
    ContractorInvited,
    MessageAdded,
    NoteAdded,
    SatisfactionGiven,
    TicketAssigned,
    TicketOpened,
    TicketParticipantsChanged,
    TicketPriorityChanged,
    TicketPrivacyChanged,
    TicketResolved,
    TicketSiteChanged,
    TicketStatusChanged,
    TicketUsergroupChanged,
)
from services.tickets.contract.words import NOTED_BY_MAIL

__all__ = [
    "CategoryChanged",
    "ContractorInvited",
    "MessageAdded",
    "NOTED_BY_MAIL",
    "NoteAdded",
    "SatisfactionGiven",
    "TicketAssigned",
    "TicketOpened",
    "TicketParticipantsChanged",
    "TicketPriorityChanged",
    "TicketPrivacyChanged",
    "TicketResolved",
    "TicketSiteChanged",
    "TicketStatusChanged",
    "TicketUsergroupChanged",
    "Tickets",
]


class Tickets(Contract):
    """The methods of tickets."""

    service = "tickets"

    @command(takes=NewCategory, gives=Category)
    def create_category(self, **fields):
        """Make a category."""

    @query(gives=Categories)
    def list_categories(self):
        """List the active categories."""

    @command(takes=NewTicket, gives=Ticket)
    def open_ticket(self, **fields):
        """Open a ticket, for oneself or (with the right) on behalf of another person."""

    @query(takes=TicketFilter, gives=TicketPage)
    def list_tickets(self, **filters):
        """List and search the tickets that the actor may see, newest first."""

    @query(takes=OneTicket, gives=Ticket)
    def ticket_by_id(self, ticket_id):
        """Show one ticket."""

    @query(takes=PageOfTicket, gives=MessagePage)
    def messages_of_ticket(self, ticket_id, cursor, limit):
        """Show the conversation; notes only to agents."""

    @command(takes=NewMessage, gives=Message)
    def add_message(self, ticket_id, body, internal, attachments):
        """Write a message or a note."""

    @command(takes=TicketChange, gives=Ticket)
    def change_ticket(self, ticket_id, **changes):
        """Change fields, each under its own permission; all or none."""

    @query(takes=PageOfTicket, gives=HistoryPage)
    def history_of_ticket(self, ticket_id, cursor, limit):
        """Show what happened, by audience."""

    @command(takes=NewParticipant, gives=Participant)
    def add_participant(self, ticket_id, person_id, email, role):
        """Let somebody read and answer along."""

    @command(takes=OneParticipant)
    def remove_participant(self, ticket_id, participant_id):
        """Let somebody read and answer along no more."""

    @command(takes=NewAttachment, gives=Attachment)
    def keep_attachment(self, upload, filename, content_type):
        """Keep an upload, unbound and the uploader's own, for 24 hours."""

    @query(takes=OneAttachment, gives=StoredAttachment)
    def attachment_by_id(self, attachment_id):
        """Say where the bytes of an attachment are."""

    @query(takes=Following, gives=FollowedRequest, anonymous=True)
    def follow_request(self, token, cursor):
        """Show a request to whoever has its follow link, with its newest messages."""

    @query(takes=ByLink, gives=StoredAttachment, anonymous=True)
    def followed_attachment(self, token):
        """Say where the bytes of a file are to whoever has its link."""

    @query(takes=ByLink, gives=Satisfaction, anonymous=True)
    def satisfaction_request(self, token):
        """Show what a rating link asks about."""

    @command(takes=Rating, gives=Satisfaction, anonymous=True)
    def give_satisfaction(self, token, rating, comment):
        """Rate, once per participant, a ticket that is resolved."""

    @command(takes=Retelling, gives=Retold)
    def retell(self, kind, after):
        """Tell categories, or which tickets are private, again, for a service that has lost its copies."""
