"""What the methods of notifications give."""

from chassis.contract import NULLABLE, Answer, fields, instant, line, one_of
from services.notifications.contract.words import NOTIFICATION_KINDS


class Notification(Answer):
    """One line of a person's in-app list, worded in the language that was theirs when it was written."""

    id = fields.UUID(required=True)
    kind = one_of(*NOTIFICATION_KINDS, required=True)
    title = line(longest=1_000, required=True)
    ticket_id = fields.UUID(required=True)
    ticket_number = line(required=True)
    created_at = instant(required=True)
    read_at = instant(**NULLABLE)


class NotificationPage(Answer):
    """One page of the in-app list, newest first."""

    items = fields.List(fields.Nested(Notification), required=True)
    next_cursor = line(**NULLABLE)
