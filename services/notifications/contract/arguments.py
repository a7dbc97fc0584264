"""What the methods of notifications take."""

from chassis.contract import Arguments, fields, page_cursor, page_size


class NotificationFilter(Arguments):
    """Which page to list."""

    cursor = page_cursor()
    limit = page_size(25)
    unread = fields.Boolean(load_default=False)


class NotificationId(Arguments):
    """Which line has been read."""

    notification_id = fields.UUID(required=True)
