"""What the methods of tickets give; only what stands here ever leaves the service by a call."""

from chassis.contract import Answer, fields, instant, one_of
from chassis.languages import LANGUAGES
from services.tickets.contract.words import (
    AUDIENCES,
    AUTHOR_ROLES,
    CHANNELS,
    INTERVENTION_STATES,
    KINDS,
    LINK_KINDS,
    NATURES,
    PARTICIPANT_ROLES,
    PENDING,
    PRIORITIES,
    PUBLIC_STATUSES,
    SOURCES,
    STATUSES,
    an_id,
    maybe,
)


class Category(Answer):
    """A category."""

    id = an_id()
    name = fields.String()
    slug = fields.String()
    usergroup_id = maybe(fields.UUID)
    priority = maybe(one_of, *PRIORITIES)
    active = fields.Boolean()
    version = fields.Integer()


class Categories(Answer):
    """All active categories, or all closed ones, by name."""

    items = fields.List(fields.Nested(Category))
    next_cursor = maybe(fields.String)


class Named(Answer):
    """A thing with the name to show; the name is null until it has been heard."""

    id = an_id()
    name = maybe(fields.String)


class Asking(Answer):
    """Who asked; the address is shown to the ticket's agents and to that person only."""

    participant_id = an_id()
    person_id = maybe(fields.UUID)
    name = fields.String()
    email = maybe(fields.String)


class Participant(Asking):
    """Who takes part."""

    role = one_of(*PARTICIPANT_ROLES)


class Attachment(Answer):
    """A file of a ticket or a message."""

    id = an_id()
    filename = fields.String()
    content_type = fields.String()
    size = fields.Integer()


class StoredAttachment(Attachment):
    """The same for the gateway, which streams the bytes by their hash."""

    sha256 = fields.String()


class LinkedTicket(Answer):
    """Another ticket that belongs to this one: `incident` in the parent, `parent` in the incident."""

    ticket_id = an_id()
    kind = one_of(*LINK_KINDS)


class Internal(Answer):
    """What only the agents of a ticket see."""

    first_response_missed = fields.Boolean()
    resolution_missed = fields.Boolean()
    source_message_id = maybe(fields.String)
    automatic = fields.Boolean()


class TicketInList(Answer):
    """A ticket as lists show it."""

    id = an_id()
    number = fields.String()
    subject = fields.String()
    excerpt = fields.String()
    status = one_of(*STATUSES)
    priority = one_of(*PRIORITIES)
    kind = one_of(*KINDS)
    nature = maybe(one_of, *NATURES)
    channel = one_of(*CHANNELS)
    category = maybe(fields.Nested, Named)
    site = maybe(fields.Nested, Named)
    usergroup = maybe(fields.Nested, Named)
    private = fields.Boolean()
    requester = fields.Nested(Asking)
    assignee = maybe(fields.Nested, Named)
    first_response_due_at = maybe(instant)
    resolution_due_at = maybe(instant)
    version = fields.Integer()
    opened_at = instant()
    updated_at = instant()
    pending = fields.List(one_of(*PENDING))


class Ticket(TicketInList):
    """A whole ticket; `pending` names what others have still to add, `internal` is for its agents only."""

    example = {
        "id": "0192a000-0000-7000-8000-000000000001",
        "number": "26-000014",
        "subject": "Lift stands still",
        "description": "Since this morning, on floor 2.",
        "status": "open",
        "priority": "high",
        "kind": "request",
        "nature": None,
        "channel": "mail",
        "language": "en",
        "category": {"id": "0192a000-0000-7000-8000-000000000002", "name": "Lifts"},
        "site": {"id": "0192a000-0000-7000-8000-000000000003", "name": "Linden Street 4"},
        "usergroup": {"id": "0192a000-0000-7000-8000-000000000004", "name": "Lifts"},
        "private": False,
        "requester": {
            "participant_id": "0192a000-0000-7000-8000-000000000005",
            "person_id": None,
            "name": "Rosa Alba",
            "email": "rosa@homes.example",
        },
        "assignee": None,
        "first_response_due_at": "2026-11-28T10:30:00+00:00",
        "resolution_due_at": "2026-11-30T16:00:00+00:00",
        "version": 3,
        "opened_at": "2026-11-28T09:30:00+00:00",
        "updated_at": "2026-11-28T09:30:01+00:00",
        "pending": [],
        "resolved_at": None,
        "participants": [],
        "attachments": [],
        "links": [],
        "internal": None,
    }

    class Meta:
        """A whole ticket has its description instead of the excerpt."""

        exclude = ("excerpt",)

    description = fields.String()
    language = one_of(*LANGUAGES)
    resolved_at = maybe(instant)
    participants = fields.List(fields.Nested(Participant))
    attachments = fields.List(fields.Nested(Attachment))
    links = fields.List(fields.Nested(LinkedTicket))
    internal = maybe(fields.Nested, Internal)


class TicketPage(Answer):
    """Tickets, newest first."""

    items = fields.List(fields.Nested(TicketInList))
    next_cursor = maybe(fields.UUID)


class Author(Answer):
    """Who wrote a message; the address of a stranger is shown to the ticket's agents only."""

    participant_id = maybe(fields.UUID)
    person_id = maybe(fields.UUID)
    name = fields.String()
    email = maybe(fields.String)


class Message(Answer):
    """A message or (`internal`) a note; `unverified` when the sender could not be told for sure."""

    example = {
        "id": "0192a000-0000-7000-8000-000000000001",
        "ticket_id": "0192a000-0000-7000-8000-000000000002",
        "body": "A technician comes tomorrow.",
        "internal": False,
        "author": {
            "participant_id": "0192a000-0000-7000-8000-000000000003",
            "person_id": "0192a000-0000-7000-8000-000000000004",
            "name": "Paul Chef",
            "email": None,
        },
        "author_role": "agent",
        "channel": "api",
        "automatic": False,
        "unverified": False,
        "written_at": "2026-11-28T09:30:00+00:00",
        "attachments": [],
    }

    id = an_id()
    ticket_id = an_id()
    body = fields.String()
    internal = fields.Boolean()
    author = fields.Nested(Author)
    author_role = one_of(*AUTHOR_ROLES)
    channel = one_of(*CHANNELS)
    automatic = fields.Boolean()
    unverified = fields.Boolean()
    written_at = instant()
    attachments = fields.List(fields.Nested(Attachment))


class MessagePage(Answer):
    """The conversation, oldest first."""

    items = fields.List(fields.Nested(Message))
    next_cursor = maybe(fields.String)


class Doer(Answer):
    """Who did what a history line tells."""

    person_id = maybe(fields.UUID)
    name = fields.String()


class HistoryLine(Answer):
    """What happened, in whichever service (`source`), and for whom (`audience`: `all`, `participants`, `agents`).

    `kind` is the name of the fact that tells it, such as `TicketOpened`; else `TicketChanged` for a subject or a
    category, or, in an incident, `TicketLinked` for the ticket that it came from. `old` and `new` hold the fields that
    changed, before and after, or particulars of the fact: names and values differ by `kind`. A name is of that time;
    the id beside it (`usergroup_id` beside `usergroup`) stays.
    """

    id = fields.Integer()
    kind = fields.String()
    audience = one_of(*AUDIENCES)
    actor = maybe(fields.Nested, Doer)
    source = one_of(*SOURCES)
    old = maybe(fields.Dict, keys=fields.String())
    new = maybe(fields.Dict, keys=fields.String())
    occurred_at = instant()


class HistoryPage(Answer):
    """The history, oldest first."""

    items = fields.List(fields.Nested(HistoryLine))
    next_cursor = maybe(fields.String)


class PublicAttachment(Answer):
    """A file as a follow link shows it; `url` downloads it while its participant takes part."""

    filename = fields.String()
    content_type = fields.String()
    size = fields.Integer()
    url = fields.String()


class PublicMessage(Answer):
    """A message as a follow link shows it."""

    author_name = fields.String()
    author_role = one_of(*AUTHOR_ROLES)
    body = fields.String()
    written_at = instant()
    attachments = fields.List(fields.Nested(PublicAttachment))


class PublicIntervention(Answer):
    """The window of an intervention as a follow link shows it."""

    starts_at = instant()
    ends_at = instant()
    state = one_of(*INTERVENTION_STATES)


class FollowedRequest(Answer):
    """What a follow link shows; status `received` and no number until the ticket is open.

    `messages` are the newest 50 that are no larger than 1 MiB together, oldest first; with `next_cursor` those before
    them are asked for.
    """

    number = maybe(fields.String)
    subject = maybe(fields.String)
    description = maybe(fields.String)
    status = one_of(*PUBLIC_STATUSES)
    attachments = fields.List(fields.Nested(PublicAttachment))
    interventions = fields.List(fields.Nested(PublicIntervention))
    messages = fields.List(fields.Nested(PublicMessage))
    next_cursor = maybe(fields.UUID)


class Satisfaction(Answer):
    """What a rating link shows."""

    number = fields.String()
    subject = fields.String()
    rating = maybe(fields.Integer)
