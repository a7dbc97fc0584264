"""What notifications answers and tells."""

from chassis.contract import Contract, command, query
from services.notifications.contract.answers import Notification, NotificationPage
from services.notifications.contract.arguments import ListNotifications, MarkRead
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
