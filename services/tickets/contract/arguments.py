"""What the methods of tickets take."""

from marshmallow import ValidationError, validate

from chassis.contract import AfterThing, Arguments, fields, line, one_of, text
from services.tickets.contract.words import (
    LONGEST_FILENAME,
    NATURES,
    PRIORITIES,
    RETOLD_KINDS,
    STATUSES,
    an_id,
    attachment_ids,
    maybe,
    page_size,
)


def _statuses(value):
    if not value or set(value.split(",")) - set(STATUSES):
        raise ValidationError(f"Give one or more of {', '.join(STATUSES)}, parted by commas.")


class NewCategory(Arguments):
    """A category; `usergroup_id` is the group that routing gives its tickets by default."""

    name = line(longest=120, shortest=1, required=True)
    slug = fields.String(required=True, validate=validate.Regexp(r"\A[a-z0-9][a-z0-9-]{0,59}\Z"))
    usergroup_id = maybe(fields.UUID)
    priority = maybe(fields.String, validate=validate.OneOf(PRIORITIES))


class NewTicket(Arguments):
    """What a person reports; everything but subject and description may be left to routing."""

    subject = line(shortest=1, required=True)
    description = text(required=True)
    category = maybe(fields.UUID)
    site = maybe(fields.UUID)
    usergroup = maybe(fields.UUID)
    private = fields.Boolean(load_default=False)
    priority = maybe(fields.String, validate=validate.OneOf(PRIORITIES))
    requester = maybe(fields.UUID)
    nature = maybe(fields.String, validate=validate.OneOf(NATURES))
    attachments = attachment_ids()


class TicketFilter(Arguments):
    """Which tickets to list; `status` takes words parted by commas, `site` takes its subtree along."""

    q = maybe(line, longest=200)
    status = maybe(fields.String, validate=_statuses)
    usergroup = maybe(fields.UUID)
    assignee = maybe(fields.UUID)
    site = maybe(fields.UUID)
    requester = maybe(fields.UUID)
    unregistered = maybe(fields.Boolean)
    cursor = maybe(fields.UUID)
    limit = page_size()


class OneTicket(Arguments):
    """One ticket by its id."""

    ticket_id = an_id()


class PageOfTicket(OneTicket):
    """A page of what belongs to one ticket, oldest first."""

    cursor = maybe(line, longest=80)
    limit = page_size()


class NewMessage(OneTicket):
    """A message to all participants, or (`internal`) a note to the agents."""

    body = text(shortest=1, required=True)
    internal = fields.Boolean(load_default=False)
    attachments = attachment_ids()


class TicketChange(OneTicket):
    """The fields to change; `if_version` refuses the change of a ticket that has moved on meanwhile."""

    if_version = fields.Integer()
    subject = line(shortest=1)
    priority = one_of(*PRIORITIES)
    status = one_of(*STATUSES)
    category = fields.UUID(allow_none=True)
    usergroup = fields.UUID()
    assignee = fields.UUID(allow_none=True)
    private = fields.Boolean()
    site = fields.UUID(allow_none=True)


class NewParticipant(OneTicket):
    """A person, or an address without an account, to read and answer along."""

    person_id = maybe(fields.UUID)
    email = maybe(fields.Email, validate=validate.Length(max=254))
    role = one_of("watcher", "worker", "client", "contractor", load_default="watcher")


class OneParticipant(OneTicket):
    """Somebody who takes part in a ticket."""

    participant_id = an_id()


class NewAttachment(Arguments):
    """An upload that the gateway has received into the store."""

    upload = line(longest=100, required=True)
    filename = line(longest=LONGEST_FILENAME, shortest=1, required=True)
    content_type = line(longest=120, required=True)


class OneAttachment(Arguments):
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

    rating = fields.Integer(required=True, validate=validate.Range(1, 5))
    comment = text(longest=5_000, load_default="")


class Retelling(AfterThing):
    """Which things are told again, and after which one."""

    kind = one_of(*RETOLD_KINDS, required=True)
