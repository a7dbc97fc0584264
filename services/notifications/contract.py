"""What notifications answers and tells. Pure: the only module of this service that others import."""

from marshmallow import fields, validate

from chassis.contract import Answer, Arguments, Contract, Event, command, instant, line, one_of, query, text

#: Mails by what they are about; the wording of each stands in `templates/<kind>.toml`.
MAIL_KINDS = (
    "receipt",
    "message",
    "visit_planned",
    "visit_moved",
    "visit_cancelled",
    "your_visit_planned",
    "your_visit_moved",
    "your_visit_cancelled",
    "work_started",
    "resolved",
    "incident",
    "work_order",
    "registration",
    "already_registered",
    "invitation",
)

#: Lines of the in-app list by what they are about.
NOTIFICATION_KINDS = (
    "assigned",
    "message",
    "note",
    "visit_planned",
    "visit_moved",
    "visit_cancelled",
    "your_visit_planned",
    "your_visit_moved",
    "your_visit_cancelled",
    "work_started",
    "resolved",
    "incident",
    "work_order",
)


class Notification(Answer):
    """One line of a person's in-app list, worded in the language that was theirs when it was written."""

    id = fields.UUID(required=True)
    kind = one_of(*NOTIFICATION_KINDS, required=True)
    title = line(longest=1_000, required=True)
    ticket_id = fields.UUID(required=True)
    ticket_number = line(required=True)
    created_at = instant(required=True)
    read_at = instant(required=True, allow_none=True)


class NotificationPage(Answer):
    """One page of the in-app list, newest first."""

    items = fields.List(fields.Nested(Notification), required=True)
    next_cursor = line(required=True, allow_none=True)


class ListNotifications(Arguments):
    """Which page to list."""

    cursor = line(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=25, validate=validate.Range(min=1, max=100))
    unread = fields.Boolean(load_default=False)


class MarkRead(Arguments):
    """Which line has been read."""

    notification_id = fields.UUID(required=True)


class ReceiptSent(Event, source="notifications"):
    """The receipt of a ticket that came by mail or webform has left."""

    ticket_id = fields.UUID(required=True)
    participant_id = fields.UUID(required=True)
    delivery_id = fields.UUID(required=True)
    sent_at = instant(required=True)


class DeliverySent(Event, source="notifications"):
    """A mail other than a receipt has left."""

    delivery_id = fields.UUID(required=True)
    ticket_id = fields.UUID(required=True, allow_none=True)
    participant_id = fields.UUID(required=True, allow_none=True)
    person_id = fields.UUID(load_default=None, allow_none=True)
    kind = one_of(*MAIL_KINDS, required=True)
    sent_at = instant(required=True)


class DeliveryFailed(Event, source="notifications"):
    """A mail will not be tried again: it was refused for good, or too often put off."""

    delivery_id = fields.UUID(required=True)
    ticket_id = fields.UUID(required=True, allow_none=True)
    participant_id = fields.UUID(required=True, allow_none=True)
    person_id = fields.UUID(load_default=None, allow_none=True)
    kind = one_of(*MAIL_KINDS, required=True)
    error = text(longest=500, required=True)
    failed_at = instant(required=True)


class Notifications(Contract):
    """What others may ask of notifications."""

    service = "notifications"

    @query(takes=ListNotifications, gives=NotificationPage)
    def list_notifications(self, **arguments):
        """Return the actor's own notifications, newest first.

        :raises Invalid: `cursor_invalid`.
        """

    @command(takes=MarkRead, gives=Notification)
    def mark_read(self, **arguments):
        """Mark one of the actor's own notifications as read; doing it again changes nothing.

        :raises NotFound: `notification_not_found`, also for somebody else's.
        """
