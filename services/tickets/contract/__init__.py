"""What tickets answers and tells."""

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
    AttachmentId,
    ByLink,
    CategoryChange,
    CategoryFilter,
    Following,
    NewAttachment,
    NewCategory,
    NewMessage,
    NewParticipant,
    NewTicket,
    PageOfTicket,
    ParticipantId,
    Rating,
    Retelling,
    TicketChange,
    TicketFilter,
    TicketId,
)
from services.tickets.contract.errors import ERRORS
from services.tickets.contract.facts import (
    CategoryChanged,
    ContractorCalledOff,
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
    "ContractorCalledOff",
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
    errors = ERRORS

    @command(takes=NewCategory, gives=Category, refuses=("not_allowed", "usergroup_not_found", "category_slug_taken"))
    def create_category(self, **fields):
        """Make a category."""

    @query(takes=CategoryFilter, gives=Categories)
    def list_categories(self, closed):
        """List the active categories, or the closed ones."""

    @command(
        takes=CategoryChange,
        gives=Category,
        refuses=("not_allowed", "category_not_found", "usergroup_not_found", "version_stale"),
    )
    def change_category(self, **fields):
        """Change a category."""

    @command(
        takes=NewTicket,
        gives=Ticket,
        refuses=(
            "not_allowed",
            "usergroup_not_allowed",
            "attachment_not_found",
            "category_not_found",
            "person_not_found",
            "site_not_found",
            "usergroup_not_found",
            "private_not_allowed",
            "private_needs_usergroup",
            "requester_unclear",
        ),
    )
    def open_ticket(self, **fields):
        """Open a ticket, for oneself or (with the right) on behalf of another, who need not have an account."""

    @query(takes=TicketFilter, gives=TicketPage)
    def list_tickets(self, **filters):
        """List and search the tickets that the caller may see, newest first."""

    @query(takes=TicketId, gives=Ticket, refuses=("ticket_not_found",))
    def ticket_by_id(self, ticket_id):
        """Show one ticket."""

    @query(takes=PageOfTicket, gives=MessagePage, refuses=("ticket_not_found", "cursor_invalid"))
    def messages_of_ticket(self, ticket_id, cursor, limit):
        """Show the conversation; notes only to agents."""

    @command(takes=NewMessage, gives=Message, refuses=("not_allowed", "ticket_not_found", "attachment_not_found"))
    def add_message(self, ticket_id, body, internal, attachments):
        """Write a message or a note."""

    @command(
        takes=TicketChange,
        gives=Ticket,
        refuses=(
            "not_allowed",
            "ticket_not_found",
            "category_not_found",
            "site_not_found",
            "usergroup_not_found",
            "move_not_allowed",
            "private_not_allowed",
            "work_orders_open",
            "version_stale",
            "assignee_cannot_serve",
        ),
    )
    def change_ticket(self, ticket_id, **changes):
        """Change fields, each under its own permission; all or none."""

    @query(takes=PageOfTicket, gives=HistoryPage, refuses=("ticket_not_found", "cursor_invalid"))
    def history_of_ticket(self, ticket_id, cursor, limit):
        """Show what happened, by audience."""

    @command(
        takes=NewParticipant,
        gives=Participant,
        refuses=(
            "not_allowed",
            "ticket_not_found",
            "person_not_found",
            "already_a_participant",
            "participant_needs_one_address",
        ),
    )
    def add_participant(self, ticket_id, person_id, email, role):
        """Let somebody read and answer along."""

    @command(
        takes=ParticipantId, refuses=("not_allowed", "ticket_not_found", "participant_not_found", "participant_stays")
    )
    def remove_participant(self, ticket_id, participant_id):
        """Let somebody read and answer along no more."""

    @command(takes=NewAttachment, gives=Attachment, refuses=("upload_not_found", "uploads_full", "storage_full"))
    def keep_attachment(self, upload, filename, content_type):
        """Keep an upload, unbound and the uploader's own, for 24 hours."""

    @query(takes=AttachmentId, gives=StoredAttachment, refuses=("attachment_not_found",))
    def attachment_by_id(self, attachment_id):
        """Say where the bytes of an attachment are."""

    @query(takes=Following, gives=FollowedRequest, anonymous=True, refuses=("link_not_found",))
    def follow_request(self, token, cursor):
        """Show a request to whoever has its follow link, with its newest messages."""

    @query(takes=ByLink, gives=StoredAttachment, anonymous=True, refuses=("link_not_found",))
    def followed_attachment(self, token):
        """Say where the bytes of a file are to whoever has its link."""

    @query(takes=ByLink, gives=Satisfaction, anonymous=True, refuses=("link_not_found",))
    def satisfaction_request(self, token):
        """Show what a rating link asks about."""

    @command(
        takes=Rating,
        gives=Satisfaction,
        anonymous=True,
        refuses=("link_not_found", "already_rated", "not_resolved_yet"),
    )
    def give_satisfaction(self, token, rating, comment):
        """Rate, once per participant, a ticket that is resolved."""

    @command(takes=Retelling, gives=Retold, refuses=("not_allowed",))
    def retell(self, kind, after):
        """Tell categories, or which tickets are private, again, for a service that has lost its copies."""
