"""The words that the contract of tickets is written in, and the fields that come often."""

from marshmallow import validate

from chassis.contract import OPTIONAL, fields

KINDS = ("request", "incident", "maintenance")
NATURES = ("problem", "need", "suggestion")
CHANNELS = ("api", "mail", "webform", "incident")
PRIORITIES = ("low", "normal", "high", "urgent")
STATUSES = ("new", "open", "planned", "in_progress", "pending", "resolved", "closed")
PARTICIPANT_ROLES = ("requester", "watcher", "worker", "client", "supervisor", "contractor", "agent")
#: Roles of participants whose answer by mail is a note: a mail alone must not speak for the desk.
NOTED_BY_MAIL = frozenset({"agent"})
AUTHOR_ROLES = ("requester", "agent", "worker", "client", "contractor", "system")
#: Whom a line of history is for: whoever has a follow link, too; whoever sees the ticket; those who read its notes.
AUDIENCES = FOR_ALL, FOR_PARTICIPANTS, FOR_AGENTS = "all", "participants", "agents"
#: Kinds of lines that no fact gives its name: a field that no fact tells of, and the ticket that an incident is from.
UNTOLD_KINDS = TICKET_CHANGED, TICKET_LINKED = "TicketChanged", "TicketLinked"
#: How another ticket belongs to one.
LINK_KINDS = ("incident", "parent")
#: What others have still to add to a new ticket.
PENDING = ("routing", "deadlines")
#: Services in which something in a ticket's history happened.
SOURCES = ("dispatch", "fieldwork", "identity", "inbound", "notifications", "tickets")
#: What a follow link shows of a request: `received` until its ticket is open.
PUBLIC_STATUSES = ("received", *STATUSES)
INTERVENTION_STATES = ("planned", "started", "done", "cancelled")
#: What `retell` takes; the facts that each tells again.
RETOLD_KINDS = ("categories", "private_tickets")

MOST_ATTACHMENTS = 20
LONGEST_SUBJECT = 300
LONGEST_FILENAME = 255
LONGEST_NAME = 200


def an_id():
    """Return a field for an id that must be there."""
    return fields.UUID(required=True)


def maybe(field, *arguments, **options):
    """Return a field that is always there and may be null."""
    return field(*arguments, dump_default=None, **OPTIONAL, **options)


def attachment_ids():
    """Return the field that names the attachments to bind."""
    return fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=MOST_ATTACHMENTS))
