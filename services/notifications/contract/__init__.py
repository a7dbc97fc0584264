"""What notifications answers and tells."""

from chassis.contract import Contract, command, query
from services.notifications.contract.answers import Notification, NotificationPage
from services.notifications.contract.arguments import NotificationFilter, NotificationId
from services.notifications.contract.errors import ERRORS
from services.notifications.contract.facts import DeliveryFailed, DeliverySent, ReceiptSent
from services.notifications.contract.words import MAIL_KINDS, NOTIFICATION_KINDS

__all__ = [
    "DeliveryFailed",
    "DeliverySent",
    "MAIL_KINDS",
    "NOTIFICATION_KINDS",
    "Notification",
    "NotificationPage",
    "Notifications",
    "ReceiptSent",
]


class Notifications(Contract):
    """What others may ask of notifications."""

    service = "notifications"
    errors = ERRORS

    @query(takes=NotificationFilter, gives=NotificationPage, refuses=("cursor_invalid",))
    def list_notifications(self, **arguments):
        """Return the caller's own notifications, newest first."""

    @command(takes=NotificationId, gives=Notification, refuses=("notification_not_found",))
    def mark_read(self, **arguments):
        """Mark one of the caller's own notifications as read; doing it again changes nothing."""
