"""What tickets tells."""

from chassis.contract import NULLABLE, OPTIONAL, Event, fields, instant, one_of
from chassis.languages import LANGUAGES
from services.tickets.contract.words import (
    AUTHOR_ROLES,
    CHANNELS,
    KINDS,
    PARTICIPANT_ROLES,
    PRIORITIES,
    STATUSES,
    an_id,
    maybe,
)


class Party(Event):
    """Whoever wrote or did something: a person, a stranger or neither."""

    participant_id = maybe(fields.UUID)
    person_id = maybe(fields.UUID)
    name = fields.String(required=True)


class Requester(Event):
    """Who asked; `person_id` is null for a stranger, of whom there is only an address."""

    participant_id = an_id()
    person_id = maybe(fields.UUID)
    email = maybe(fields.String)
    name = fields.String(required=True)
    language = one_of(*LANGUAGES, required=True)


class Recipient(Requester):
    """A participant who may see what is told."""

    role = one_of(*PARTICIPANT_ROLES, required=True)


class StoredFile(Event):
    """An attachment as facts carry it; the hash is an address in the store and no authority."""

    attachment_id = an_id()
    filename = fields.String(required=True)
    content_type = fields.String(required=True)
    size = fields.Integer(required=True)
    sha256 = fields.String(required=True)


class Source(Event):
    """Where a ticket came from and what that place suggests; routing decides."""

    mailbox_id = maybe(fields.UUID)
    webform_id = maybe(fields.UUID)
    inbound_message_id = maybe(fields.UUID)
    message_id = maybe(fields.String)
    automatic = fields.Boolean(required=True)
    suggested_usergroup_id = maybe(fields.UUID)
    suggested_category_id = maybe(fields.UUID)


class MailOf(Event):
    """Source Message-IDs (RFC 5322) for threading: of the mail itself, and of the ticket's earlier mails."""

    message_id = maybe(fields.String)
    references = fields.List(fields.String(), required=True)


class CategoryChanged(Event, source="tickets"):
    """A category was made or changed."""

    category_id = an_id()
    name = fields.String(required=True)
    slug = fields.String(required=True)
    usergroup_id = maybe(fields.UUID)
    active = fields.Boolean(required=True)


class Declaration(Event):
    """What is wrong at which intervention: the reason by language, the place from the root down (`A › B › C`), the
    window, and number and kind of the ticket that it is for.
    """

    reason_names = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    place = maybe(fields.String)
    starts_at = instant(**NULLABLE)
    ends_at = instant(**NULLABLE)
    ticket_number = fields.String(required=True)
    #: One of `KINDS`; earlier versions told none.
    ticket_kind = fields.String(**OPTIONAL)


class TicketOpened(Event, source="tickets"):
    """A ticket is there, whichever way it came."""

    ticket_id = an_id()
    number = fields.String(required=True)
    subject = fields.String(required=True)
    description = fields.String(required=True)
    kind = one_of(*KINDS, required=True)
    nature = maybe(fields.String)
    channel = one_of(*CHANNELS, required=True)
    category_id = maybe(fields.UUID)
    site_id = maybe(fields.UUID)
    usergroup_id = maybe(fields.UUID)
    usergroup_chosen = fields.Boolean(required=True)
    priority = one_of(*PRIORITIES, required=True)
    #: Whether a person set the priority; a rule of routing gives one only where nobody did.
    priority_chosen = fields.Boolean(load_default=False)
    private = fields.Boolean(required=True)
    requester = fields.Nested(Requester, required=True)
    opened_at = instant(required=True)
    language = one_of(*LANGUAGES, required=True)
    source = fields.Nested(Source, required=True)
    intervention_id = maybe(fields.UUID)
    #: Of an incident alone.
    declaration = fields.Nested(Declaration, **OPTIONAL)
    participants = fields.List(fields.Nested(Recipient), required=True)


class MessageAdded(Event, source="tickets"):
    """A public message was written; `recipients` are the participants who may see it, its author excepted."""

    ticket_id = an_id()
    number = fields.String(required=True)
    subject = fields.String(required=True)
    message_id = an_id()
    body = fields.String(required=True)
    author = fields.Nested(Party, required=True)
    author_role = one_of(*AUTHOR_ROLES, required=True)
    channel = one_of(*CHANNELS, required=True)
    written_at = instant(required=True)
    attachments = fields.List(fields.Nested(StoredFile), required=True)
    recipients = fields.List(fields.Nested(Recipient), required=True)
    mail = fields.Nested(MailOf, required=True)
    automatic = fields.Boolean(required=True)
    first_response = fields.Boolean(required=True)


class NotedMail(Event):
    """The mail that a note was: the address that its sender claims, and why it may not be what it says."""

    email = maybe(fields.String)
    automatic = fields.Boolean(required=True)
    unverified = fields.Boolean(required=True)


class NoteAdded(Event, source="tickets"):
    """An internal note was written; its text does not leave the service in a fact."""

    ticket_id = an_id()
    number = fields.String(required=True)
    message_id = an_id()
    author = fields.Nested(Party, required=True)
    written_at = instant(required=True)
    readers = fields.List(fields.UUID(), required=True)
    #: Of a mail alone.
    mail = fields.Nested(NotedMail, **OPTIONAL)


class TicketStatusChanged(Event, source="tickets"):
    """The status moved; `reason` is a code: `person`, `message`, `assigned`, or of what happens on site `work_opened`,
    `planned`, `cancelled`, `clocked_in`, `work_closed`, and `work_begun` where clock-ins are not shared with clients.
    """

    ticket_id = an_id()
    number = fields.String(required=True)
    subject = fields.String(required=True)
    from_ = one_of(*STATUSES, required=True, data_key="from")
    to = one_of(*STATUSES, required=True)
    reason = fields.String(required=True)
    changed_at = instant(required=True)
    recipients = fields.List(fields.Nested(Recipient), required=True)


class TicketPriorityChanged(Event, source="tickets"):
    """The priority changed."""

    ticket_id = an_id()
    from_ = one_of(*PRIORITIES, required=True, data_key="from")
    to = one_of(*PRIORITIES, required=True)
    changed_at = instant(required=True)


class TicketUsergroupChanged(Event, source="tickets"):
    """Another usergroup serves the ticket; `chosen` when a person said so and not routing."""

    ticket_id = an_id()
    usergroup_id = maybe(fields.UUID)
    chosen = fields.Boolean(required=True)
    changed_at = instant(required=True)


class TicketSiteChanged(Event, source="tickets"):
    """The ticket is about another place, or about none."""

    ticket_id = an_id()
    site_id = maybe(fields.UUID)
    changed_at = instant(required=True)


class TicketPrivacyChanged(Event, source="tickets"):
    """The ticket is hidden from its usergroup's supervisors and from its organisation, or not any more."""

    ticket_id = an_id()
    private = fields.Boolean(required=True)
    changed_at = instant(required=True)


class TicketAssigned(Event, source="tickets"):
    """Somebody answers for the ticket now, or nobody.

    `assignee` is who does, as they take part; earlier versions told the id alone. `decision` is the version of
    dispatch's decision, where the ticket is as dispatch knew it when it decided; `unable_id` is who does not because
    they cannot serve it: then dispatch is to find another.
    """

    ticket_id = an_id()
    number = fields.String(required=True)
    subject = fields.String(required=True)
    assignee_id = maybe(fields.UUID)
    assignee = maybe(fields.Nested, Recipient)
    by = one_of("person", "routing", required=True)
    decision = maybe(fields.Integer)
    unable_id = maybe(fields.UUID)
    assigned_at = instant(required=True)


class TicketParticipantsChanged(Event, source="tickets"):
    """All who take part now, whoever's account is closed among them."""

    ticket_id = an_id()
    participants = fields.List(fields.Nested(Recipient), required=True)


class ContractorInvited(Event, source="tickets"):
    """A work order on the ticket is a contractor's, who takes part from now on; told once per work order."""

    ticket_id = an_id()
    number = fields.String(required=True)
    subject = fields.String(required=True)
    work_order_id = an_id()
    work_order_number = fields.String(required=True)
    work_order_title = fields.String(required=True)
    contractor = fields.Nested(Recipient, required=True)
    invited_at = instant(required=True)


class ContractorCalledOff(Event, source="tickets"):
    """A work order on the ticket is called off; its contractor may go on taking part for another reason."""

    ticket_id = an_id()
    number = fields.String(required=True)
    subject = fields.String(required=True)
    work_order_id = an_id()
    contractor = fields.Nested(Recipient, required=True)
    called_off_at = instant(required=True)


class TicketResolved(Event, source="tickets"):
    """The matter is settled; the requester is asked whether it was done well, unless they have said so already."""

    ticket_id = an_id()
    number = fields.String(required=True)
    subject = fields.String(required=True)
    resolved_at = instant(required=True)
    requester = fields.Nested(Requester, required=True)
    #: Whether the requester has rated an earlier resolution; a ticket is rated once.
    already_rated = fields.Boolean(load_default=False)


class SatisfactionGiven(Event, source="tickets"):
    """A participant rated how the ticket was handled, 1 (bad) to 5 (good)."""

    ticket_id = an_id()
    number = fields.String(required=True)
    participant_id = an_id()
    rating = fields.Integer(required=True)
    comment = fields.String(required=True)
    given_at = instant(required=True)
    assignee_id = maybe(fields.UUID)
    usergroup_id = maybe(fields.UUID)
