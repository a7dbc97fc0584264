"""What the methods of tickets take."""

from marshmallow import ValidationError, validate

from chassis.contract import AfterThing, Arguments, fields, having, line, none_of, one_of, page_cursor, page_size, text
from chassis.languages import LANGUAGES
from services.tickets.contract.words import (
    LONGEST_FILENAME,
    LONGEST_NAME,
    NATURES,
    PRIORITIES,
    RETOLD_KINDS,
    STATUSES,
    an_id,
    attachment_ids,
    maybe,
)

_STATUSES = "^({0})(,({0}))*$".format("|".join(STATUSES))


def _statuses(value):
    if not value or set(value.split(",")) - set(STATUSES):
        raise ValidationError(f"Give one or more of {', '.join(STATUSES)}, parted by commas.")


class NewCategory(Arguments):
    """A category; `usergroup_id` is the group that routing gives its tickets by default."""

    example = {
        "name": "Lifts",
        "slug": "lifts",
        "usergroup_id": "0192a000-0000-7000-8000-000000000001",
        "priority": "high",
    }

    name = line(longest=120, shortest=1, required=True)
    slug = fields.String(required=True, validate=validate.Regexp(r"\A[a-z0-9][a-z0-9-]{0,59}\Z"))
    usergroup_id = maybe(fields.UUID)
    priority = maybe(one_of, *PRIORITIES)


class CategoryFilter(Arguments):
    """Which categories: those that can be chosen, or those that are closed."""

    closed = fields.Boolean(load_default=False)


class CategoryChange(Arguments):
    """What changes about a category; its tickets keep what routing gave them. Closed, it is no new ticket's."""

    example = {"name": "Lifts and doors", "priority": "normal"}

    category_id = an_id()
    if_version = fields.Integer()
    name = line(longest=120, shortest=1)
    usergroup_id = fields.UUID(allow_none=True)
    priority = one_of(*PRIORITIES, allow_none=True)
    active = fields.Boolean()


class NewTicket(Arguments):
    """What a person reports; everything but subject and description may be left to routing.

    Whoever may open tickets for others names `requester`, a person, or, of a caller without an account,
    `requester_email`, with `requester_name` and `language` where they are known: the caller is mailed a receipt, writes
    by mail, follows and rates by link. An address that is a person's names that person, as the directory has them.
    """

    example = {
        "subject": "Lift stands still",
        "description": "Since this morning, on floor 2.",
        "site": "0192a000-0000-7000-8000-000000000001",
    }
    json_schema = none_of(
        having("requester", "requester_email"),
        having("requester_name", without=("requester_email",)),
        having("language", without=("requester_email",)),
    )

    subject = line(shortest=1, required=True)
    description = text(required=True)
    category = maybe(fields.UUID)
    site = maybe(fields.UUID)
    usergroup = maybe(fields.UUID)
    private = fields.Boolean(load_default=False)
    priority = maybe(one_of, *PRIORITIES)
    requester = maybe(fields.UUID)
    requester_email = maybe(fields.Email, validate=validate.Length(max=254))
    requester_name = maybe(line, longest=LONGEST_NAME)
    language = maybe(one_of, *LANGUAGES)
    nature = maybe(one_of, *NATURES)
    attachments = attachment_ids()


class TicketFilter(Arguments):
    """Which tickets to list; `status` takes words parted by commas, `site` takes its subtree along."""

    q = maybe(line, longest=200)
    status = maybe(fields.String, validate=_statuses, metadata={"json_schema": {"pattern": _STATUSES}})
    usergroup = maybe(fields.UUID)
    assignee = maybe(fields.UUID)
    site = maybe(fields.UUID)
    requester = maybe(fields.UUID)
    unregistered = maybe(fields.Boolean)
    cursor = maybe(fields.UUID)
    limit = page_size(25)


class TicketId(Arguments):
    """One ticket by its id."""

    ticket_id = an_id()


class PageOfTicket(TicketId):
    """A page of what belongs to one ticket, oldest first."""

    cursor = page_cursor()
    limit = page_size(25)


class NewMessage(TicketId):
    """A message to all participants, or (`internal`) a note to the agents."""

    example = {"body": "A technician comes tomorrow.", "internal": False}

    body = text(shortest=1, required=True)
    internal = fields.Boolean(load_default=False)
    attachments = attachment_ids()


class TicketChange(TicketId):
    """The fields to change; whatever is not named stays."""

    example = {"status": "pending", "priority": "high", "assignee": "0192a000-0000-7000-8000-000000000001"}

    if_version = fields.Integer()
    subject = line(shortest=1)
    priority = one_of(*PRIORITIES)
    status = one_of(*STATUSES)
    category = fields.UUID(allow_none=True)
    usergroup = fields.UUID()
    assignee = fields.UUID(allow_none=True)
    private = fields.Boolean()
    site = fields.UUID(allow_none=True)


class NewParticipant(TicketId):
    """A person, or an address without an account, to read and answer along: one of the two, not both."""

    example = {"email": "neighbour@homes.example", "role": "watcher"}
    json_schema = none_of(having("person_id", "email"), having(without=("person_id", "email")))

    person_id = maybe(fields.UUID)
    email = maybe(fields.Email, validate=validate.Length(max=254))
    role = one_of("watcher", "worker", "client", "contractor", load_default="watcher")


class ParticipantId(TicketId):
    """Somebody who takes part in a ticket."""

    participant_id = an_id()


class NewAttachment(Arguments):
    """An upload that the gateway has received into the store."""

    upload = line(longest=100, required=True)
    filename = line(longest=LONGEST_FILENAME, shortest=1, required=True)
    content_type = line(longest=120, required=True)


class AttachmentId(Arguments):
    """One attachment by its id."""

    attachment_id = an_id()


class ByLink(Arguments):
    """A link token of ours."""

    token = line(longest=300, required=True, metadata={"authority": True})


class Following(ByLink):
    """A follow link; `cursor` asks for the messages before those of the page that gave it."""

    cursor = maybe(fields.UUID)


class Rating(ByLink):
    """How well the ticket was handled."""

    example = {"rating": 5, "comment": "Quick and friendly."}

    rating = fields.Integer(required=True, validate=validate.Range(1, 5))
    comment = text(longest=5_000, load_default="")


class Retelling(AfterThing):
    """Which things are told again, and after which one."""

    example = {"kind": "categories"}

    kind = one_of(*RETOLD_KINDS, required=True)
