"""What the methods of notifications take."""

from chassis.contract import OPTIONAL, Arguments, fields, line, page_size


class NotificationFilter(Arguments):
    """Which page to list."""

    cursor = line(**OPTIONAL)
    limit = page_size(25)
    unread = fields.Boolean(load_default=False)


class NotificationId(Arguments):
    """Which line has been read."""

    notification_id = fields.UUID(required=True)
